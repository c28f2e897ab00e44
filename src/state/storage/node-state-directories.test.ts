import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { KeyValue } from './key-value.ts'
import { nodeStateDirectories, statePointerFile } from './node-state-directories.ts'
import { damagedStateName, firstStateName, type StateDirectories } from './state-directories.ts'

const newer = `${firstStateName}.0123456789abcdef`

let root: string
let states: StateDirectories
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trivet-state-directories-'))
  states = nodeStateDirectories(root)
})
afterEach(async () => rm(root, { recursive: true }))

/** Makes a state that can be told from others. */
async function make(name: string, mark: string): Promise<void> {
  await using keyValue = closing(await states.open(name, { create: true }))
  await keyValue.batch([{ key: 'who', value: Buffer.from(mark) }], { sync: true })
}

async function markOf(name: string): Promise<string> {
  await using keyValue = closing(await states.open(name, { create: false }))
  return Buffer.from((await keyValue.get('who'))!).toString()
}

const closing = (keyValue: KeyValue) => Object.assign(keyValue, { [Symbol.asyncDispose]: () => keyValue.close() })

test('a state that cannot be believed is kept aside, and the first one counts again, of which nothing is left', async () => {
  await make(firstStateName, 'first')
  await make(newer, 'second')
  await states.point(newer)
  await states.setAside(newer)
  expect(await states.current()).toBe(firstStateName)
  expect(await readdir(root)).toEqual([damagedStateName])
  expect(await markOf(damagedStateName)).toBe('second')
  // One is kept, the last one.
  await make(firstStateName, 'third')
  await states.setAside(firstStateName)
  expect(await markOf(damagedStateName)).toBe('third')
})

test('a state that is gone altogether is set aside, too', async () => {
  await states.setAside(firstStateName)
  expect(await states.current()).toBe(firstStateName)
  expect(await readdir(root)).toEqual([])
})

test('a state is removed once, and again when it is gone; nothing else is touched', async () => {
  await make(firstStateName, 'first')
  await make(newer, 'second')
  await states.remove(newer)
  await states.remove(newer)
  expect(await states.names()).toEqual([firstStateName])
  expect(await markOf(firstStateName)).toBe('first')
})

test('an error that does not say that something is missing is passed on', async () => {
  await writeFile(join(root, 'file'), '')
  const below = nodeStateDirectories(join(root, 'file'))
  await expect(below.current()).rejects.toMatchObject({ code: 'ENOTDIR' })
  await expect(below.remove(newer)).rejects.toMatchObject({ code: 'ENOTDIR' })
  await expect(below.setAside(newer)).rejects.toMatchObject({ code: 'ENOTDIR' })
  expect(await readdir(root)).not.toContain(statePointerFile)
})
