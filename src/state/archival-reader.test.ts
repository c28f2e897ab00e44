import { expect, test } from 'vitest'
import { isTrivetError } from '../lib/errors.ts'
import { revisionKey } from './pure/revision-key.ts'
import { rowKey } from './storage/keys.ts'
import { MemoryKeyValue } from './storage/memory-key-value.ts'
import type { Step } from './testing/log-writer.ts'
import { LogWriter } from './testing/log-writer.ts'
import { Stage } from './testing/stage.ts'
import { notes } from './testing/tables.ts'
import { put } from './write.ts'

const note =
  (subject: string): Step =>
  (read) => [put(notes, { revisionKey: `${subject}/${revisionKey(read.nextRevision)}`, subject })]

async function kept() {
  const keyValue = new MemoryKeyValue()
  const writer = new LogWriter()
  writer.write(note('a'), note('b'), note('a'), note('c'))
  const stage = await Stage.open(keyValue)
  stage.replica.onCommitted(writer.entries)
  await stage.settle()
  return { stage, writer, keyValue, archival: stage.replica.archival }
}

const short = (rows: readonly { key: string; revision: number }[]) => rows.map(({ revision }) => revision)

test('rule 20: archival rows are read from disk, by key, prefix and range, in both directions', async () => {
  const { archival } = await kept()
  expect((await archival.get(notes, `a/${revisionKey(3)}`))?.value.subject).toBe('a')
  expect(await archival.get(notes, 'x')).toBeUndefined()
  expect(short(await archival.range(notes, { limit: 10 }))).toEqual([1, 3, 2, 4])
  expect(short(await archival.range(notes, { limit: 10, prefix: 'a/' }))).toEqual([1, 3])
  expect(short(await archival.range(notes, { limit: 2, after: `a/${revisionKey(1)}` }))).toEqual([3, 2])
  const before = { limit: 2, after: `b/${revisionKey(2)}`, reverse: true }
  expect(short(await archival.range(notes, before))).toEqual([3, 1])
  expect(short(await archival.range(notes, { limit: 1, reverse: true }))).toEqual([4])
})

test('archival rows that are not flushed yet are read too', async () => {
  const { stage, writer, keyValue, archival } = await kept()
  keyValue.batch = () => new Promise(() => {})
  writer.write(note('a'))
  stage.replica.onCommitted(writer.entries.slice(-1))
  await stage.settle()
  writer.write(note('a'))
  stage.replica.onCommitted(writer.entries.slice(-1))
  expect((await archival.get(notes, `a/${revisionKey(6)}`))?.revision).toBe(6)
  expect(short(await archival.range(notes, { limit: 3, prefix: 'a/', reverse: true }))).toEqual([6, 5, 3])
})

test('an archival row that is not what was written is damage, not an answer', async () => {
  const { keyValue, archival } = await kept()
  const key = rowKey('note', `a/${revisionKey(1)}`)
  const value = (await keyValue.get(key))!
  // The last byte of the row itself, in front of its hash.
  const at = Buffer.from(value).lastIndexOf('a')
  await keyValue.batch([{ key, value: value.map((byte, position) => (position === at ? byte ^ 1 : byte)) }], {
    sync: false,
  })
  const attempt = archival.range(notes, { limit: 10 })
  await expect(attempt).rejects.toSatisfy((error) => isTrivetError(error, 'PEER_DAMAGED'))
  expect((await archival.get(notes, `b/${revisionKey(2)}`))?.revision).toBe(2)
})

test('archival rows count in the hash over a restart', async () => {
  const { stage, keyValue } = await kept()
  const before = stage.replica.hash()
  await stage.replica.stop()
  const again = await Stage.open(keyValue)
  expect(again.replica.hash()).toEqual(before)
  expect(before.hash).not.toBe('0'.repeat(32))
})
