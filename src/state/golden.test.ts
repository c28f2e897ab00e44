import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hashOf } from './state-hashes.ts'
import type { GoldenLog } from './testing/golden-log.ts'
import { replayGolden } from './testing/golden-log.ts'
import { boxes, shelves } from './testing/tables.ts'

const folder = join(import.meta.dirname, 'golden')
const files = readdirSync(folder)
const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as GoldenLog

test('there is a golden log', () => {
  expect(files).toContain('0.1.0.json')
})

test.for(files)('rule 21: %s replays to the hash that it had when its release was made', (file) => {
  const log = read(file)
  expect(hashOf(replayGolden(log))).toEqual(log.expected)
})

/** The hash of one row by its definition, without our code: length and text of each field, then sha256. */
function termOf(table: string, key: string, revision: number, bytes: Uint8Array): bigint {
  const hash = createHash('sha256')
  for (const field of [table, key]) {
    const text = Buffer.from(field)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.length)
    hash.update(length).update(text)
  }
  const numbers = Buffer.alloc(12)
  numbers.writeBigUInt64BE(BigInt(revision))
  numbers.writeUInt32BE(bytes.length, 8)
  hash.update(numbers).update(bytes)
  return BigInt(`0x${hash.digest('hex')}`)
}

test('rule 21: the hash of the golden log is the sum over its rows modulo 2^128', () => {
  const state = replayGolden(read('0.1.0.json'))
  let resident = 0n
  for (const table of [shelves, boxes]) {
    for (const row of state.scan(table.name, undefined)) {
      resident += termOf(table.name, row.key, row.revision, row.bytes)
    }
  }
  // The three archival rows are not in memory; what they add is what is left.
  const total = BigInt(`0x${state.hash.toString()}`)
  const notes = (total - resident) & (2n ** 128n - 1n)
  expect(notes).toBe(notesOf(read('0.1.0.json')) % 2n ** 128n)
})

/** The archival rows of the story, written out: their key names their revision, and their text is an ellipsis. */
function notesOf({ entries }: GoldenLog): bigint {
  expect(entries).toHaveLength(8)
  return [4, 9, 14].reduce((sum, revision) => {
    const key = revision.toString(16).padStart(16, '0')
    const bytes = Buffer.concat([Buffer.from([10, 16]), Buffer.from(key), Buffer.from([26, 3]), Buffer.from('…')])
    return sum + termOf('note', key, revision, bytes)
  }, 0n)
}

test('the golden log has outcomes evicted, a retry refused, and rows that went with their owner', () => {
  const state = replayGolden(read('0.1.0.json'))
  expect(state.outcomes.floor).not.toBe('')
  expect(state.outcomes.size).toBe(7)
  expect([...state.scan('box', undefined)].map(({ key }) => key)).toEqual(['s2/9'])
  expect(state.holder('shelf', 'name/ünï%2F%25/a')?.key).toBe('s2')
})
