import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readIfThere, writePrivateFile } from './private-file.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-file-'))
})
afterEach(() => rm(directory, { recursive: true }))

test('a private file is read by its owner only, and leaves nothing else behind', async () => {
  const file = join(directory, 'secret')
  await writePrivateFile(file, 'a\n')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(directory)).toEqual(['secret'])
})

test('what a crash left of an earlier try is written over, and does not lend its mode', async () => {
  const file = join(directory, 'secret')
  await writeFile(`${file}.new`, 'half of something longer', { mode: 0o644 })
  await writePrivateFile(file, 'a\n')
  expect(await readFile(file, 'utf8')).toBe('a\n')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('a file that is not there reads as undefined; what cannot be read is an error', async () => {
  expect(await readIfThere(join(directory, 'missing'))).toBeUndefined()
  await expect(readIfThere(directory)).rejects.toThrow('EISDIR')
})
