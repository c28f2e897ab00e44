import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sampleState, snapshotBytes } from '../state/testing/sample-snapshot.ts'
import { backup } from './backup-command.ts'

const base = mkdtempSync(join(tmpdir(), 'trivet-backup-'))
afterAll(() => rmSync(base, { recursive: true }))

const { writer, keyValue } = await sampleState(20)
const bytes = await snapshotBytes(keyValue)
const file = join(base, 'a.snapshot')
writeFileSync(file, bytes)

async function run(...argv: string[]): Promise<string> {
  let text = ''
  await backup(argv, { write: (more) => (text += more) })
  return text
}

function damaged(name: string, content: Uint8Array): string {
  const path = join(base, name)
  writeFileSync(path, content)
  return path
}

test('inspect says whose state it is, how far it is and what it holds, after it has verified all of it', async () => {
  const text = await run('inspect', file)
  expect(text).toContain(`STATE HASH     ${writer.state.hash.toString()}\n`)
  expect(text).toContain('INDEX          20, of term 1\n')
  expect(text).toContain('ROWS           20 of box\nROWS           20 of note\nROWS           20 of shelf\n')
  expect(text).toContain('VOTERS         a (127.0.0.1:7401)\n')
  expect(text).toMatch(/VERIFIED {7}whole\n$/)
  const facts = JSON.parse(await run('inspect', file, '-o', 'json')) as Record<string, unknown>
  expect(facts).toMatchObject({ index: 20, revision: 60, outcomes: 60, rows: { box: 20, note: 20, shelf: 20 } })
})

test.each([
  ['a file that is cut off', () => damaged('cut', bytes.subarray(0, 900)), 'SNAPSHOT_INVALID', 'cut off in record'],
  [
    'a file with a wrong bit',
    () =>
      damaged(
        'bit',
        bytes.map((byte, at) => (at === 900 ? byte ^ 1 : byte)),
      ),
    'SNAPSHOT_INVALID',
    'fails its checksum',
  ],
  ['a file of something else', () => damaged('other', Buffer.from('hello')), 'SNAPSHOT_INVALID', 'no snapshot'],
  [
    'a file of a newer release',
    () =>
      damaged(
        'newer',
        bytes.map((byte, at) => (at === 19 ? 9 : byte)),
      ),
    'SNAPSHOT_NEWER',
    'its form is 9',
  ],
  ['no file', () => join(base, 'none'), 'FILE_UNREADABLE', 'ENOENT'],
  ['a directory', () => base, 'FILE_UNREADABLE', 'EISDIR'],
])('%s is refused with its reason', async (_, make, code, reason) => {
  await expect(run('inspect', make())).rejects.toMatchObject({
    code,
    message: expect.stringContaining(reason) as string,
  })
})

test.each([
  [['save'], 'there is inspect'],
  [['inspect'], 'FILE is missing'],
  [['inspect', 'a', 'b'], 'is too much'],
  [['inspect', 'a', '-o', 'yaml'], 'none of table, json'],
  [['inspect', 'a', '--force'], 'no flag --force'],
])('%s is no command', async (argv, reason) => {
  await expect(run(...argv)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(reason) as string,
  })
})
