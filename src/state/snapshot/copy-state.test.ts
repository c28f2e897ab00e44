import { expect, test } from 'vitest'
import type { KeyValue, KeyValueOperation } from '../storage/key-value.ts'
import { markKey } from '../storage/keys.ts'
import { MemoryKeyValue } from '../storage/memory-key-value.ts'
import { decodeMark } from '../storage/records.ts'
import { sampleState } from '../testing/sample-snapshot.ts'
import { copyState, verifyState } from './copy-state.ts'

const garbage = Buffer.from([255, 255, 255])
const allOf = (keyValue: KeyValue) => keyValue.range({ from: '', to: '\u{10ffff}', limit: 100_000 })

test('a state that is as it was written is sound, and copied to the last byte with its history', async () => {
  const { keyValue } = await sampleState(1_200)
  expect(await verifyState(keyValue)).toMatchObject({ problem: '', mark: { index: expect.any(BigInt) as bigint } })
  const copy = new MemoryKeyValue()
  await copyState(keyValue, copy)
  expect(await allOf(copy)).toEqual(await allOf(keyValue))
  expect((await allOf(copy)).filter(({ key }) => key.startsWith('c/'))).not.toEqual([])
})

test('a copy may be of another incarnation, and is sound', async () => {
  const { keyValue } = await sampleState(10)
  const copy = new MemoryKeyValue()
  await copyState(keyValue, copy, { incarnation: 'another' })
  const { mark, problem } = await verifyState(copy)
  expect([problem, mark?.incarnation]).toEqual(['', 'another'])
  const before = decodeMark((await keyValue.get(markKey))!)!
  expect({ ...mark, incarnation: '' }).toEqual({ ...before, incarnation: '' })
})

test.each<[string, KeyValueOperation, string]>([
  ['a row is lost', { key: 'r/shelf/shelf-99', value: undefined }, 'its rows do not sum up to its state hash'],
  ['a row is another one', { key: 'r/shelf/shelf-7', value: Buffer.of(8, 1) }, 'its rows do not sum up'],
  ['a row does not decode', { key: 'r/shelf/shelf-7', value: garbage }, 'row "r/shelf/shelf-7" does not decode'],
  ['an outcome is lost', { key: 'o/0000000000000009', value: undefined }, 'its outcomes do not sum up'],
])('where %s, how far the state was is still told, and it is not copied', async (_, change, problem) => {
  const { keyValue } = await sampleState(600)
  await keyValue.batch([change], { sync: true })
  const found = await verifyState(keyValue)
  expect(found.problem).toContain(`the state on disk is damaged: ${problem}`)
  expect(found.mark?.index).toBeGreaterThan(0n)
  const copy = new MemoryKeyValue()
  await expect(copyState(keyValue, copy)).rejects.toMatchObject({ name: 'StateDamaged' })
  // Without its mark nothing opens it.
  expect(await copy.get(markKey)).toBeUndefined()
})

test.each<[string, KeyValueOperation, string]>([
  ['is lost', { key: markKey, value: undefined }, 'it says not how far it is'],
  ['is damaged', { key: markKey, value: garbage }, 'does not agree with its checksum'],
])('of a state whose mark %s nothing is known', async (_, change, problem) => {
  const { keyValue } = await sampleState(10)
  await keyValue.batch([change], { sync: true })
  const found = await verifyState(keyValue)
  expect([found.mark, found.problem]).toEqual([undefined, expect.stringContaining(problem)])
  await expect(copyState(keyValue, new MemoryKeyValue())).rejects.toMatchObject({ name: 'StateDamaged' })
})

test('what the store itself finds damaged makes a state unsound', async () => {
  const { keyValue } = await sampleState(10)
  const failing = {
    get: (key: string) => keyValue.get(key),
    range: () => Promise.reject(new Error('corrupted block')),
  }
  const { mark, problem } = await verifyState(failing)
  expect(mark?.index).toBeGreaterThan(0n)
  expect(problem).toContain('corrupted block')
})
