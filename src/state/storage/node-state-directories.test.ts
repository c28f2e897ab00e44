import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeStateDirectories, statePointerFile } from './node-state-directories.ts'
import { stateDirectoriesContract } from './state-directories.contract.ts'
import { damagedStateName, firstStateName, type StateDirectories } from './state-directories.ts'

const newer = `${firstStateName}.0123456789abcdef`

let root: string
let states: StateDirectories
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trivet-state-directories-'))
  states = nodeStateDirectories(root)
})
afterEach(async () => rm(root, { recursive: true }))

stateDirectoriesContract(async () => ({
  states,
  scribble: (content) => writeFile(join(root, statePointerFile), content),
}))

test('of a state that is set aside nothing is left but what is kept', async () => {
  for (const name of [firstStateName, newer]) await (await states.open(name, { create: true })).close()
  await states.point(newer)
  await states.setAside(newer)
  expect(await readdir(root)).toEqual([damagedStateName])
})

test('to set aside what is not there makes nothing', async () => {
  await states.setAside(firstStateName)
  expect(await readdir(root)).toEqual([])
})

test('an error that does not say that something is missing is passed on', async () => {
  await writeFile(join(root, 'file'), '')
  const below = nodeStateDirectories(join(root, 'file'))
  await expect(below.current()).rejects.toMatchObject({ code: 'ENOTDIR' })
  await expect(below.remove(newer)).rejects.toMatchObject({ code: 'ENOTDIR' })
  await expect(below.setAside(newer)).rejects.toMatchObject({ code: 'ENOTDIR' })
  expect(await readdir(root)).not.toContain(statePointerFile)
})
