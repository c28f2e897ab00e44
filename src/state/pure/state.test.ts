import { clone, create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import type { Entry } from '../../gen/trivet/log/v1/log_pb.ts'
import {
  DeleteSchema,
  EntrySchema,
  OutcomeSchema,
  PutSchema,
  TransactionSchema,
} from '../../gen/trivet/log/v1/log_pb.ts'
import { sha256 } from '../sha256.ts'
import type { Step } from '../testing/log-writer.ts'
import { LogWriter } from '../testing/log-writer.ts'
import { boxes, notes, shelves, testCatalog } from '../testing/tables.ts'
import { put, remove } from '../write.ts'
import { revisionKey } from './revision-key.ts'
import { RowReader } from './row-reader.ts'
import { State } from './state.ts'

const shelf =
  (id: string, fields: { readonly name?: string } = {}): Step =>
  () => [put(shelves, { id, ...fields })]

function twoEntries(): { writer: LogWriter; entry: Entry } {
  const writer = new LogWriter()
  writer.write()
  writer.write(shelf('s1', { name: 'a' }))
  writer.write(shelf('s2', { name: 'b' }), (read) => [remove(shelves, read.get(shelves, 's1')!)])
  return { writer, entry: fromBinary(EntrySchema, writer.entries[2]!.data) }
}

/** A state that has applied the first two entries, and the third entry with something changed. */
function applyChanged(change: (entry: Entry) => void, at: { index: number; term: number } = { index: 3, term: 1 }) {
  const { writer, entry } = twoEntries()
  const state = new State({ catalog: testCatalog, sha256, incarnation: 'written' })
  state.apply({ index: 1, term: 1 }, undefined)
  state.apply({ index: 2, term: 1 }, fromBinary(EntrySchema, writer.entries[1]!.data))
  const changed = clone(EntrySchema, entry)
  change(changed)
  return () => state.apply(at, changed)
}

test('what is not changed applies', () => {
  expect(applyChanged(() => {})().transactions.map(({ revision }) => revision)).toEqual([2, 3])
})

const put1 = create(PutSchema, { table: 'shelf', key: 's9' })

test.for<[string, (entry: Entry) => void, RegExp]>([
  ['of another term', (entry) => (entry.term = 2n), /of term 1 was evaluated in term 2/],
  ['that skips a proposal', (entry) => (entry.previous = 7n), /stands on proposal 7, the last one was 1/],
  ['whose number goes back', (entry) => (entry.number = 1n), /is proposal 1, behind 1/],
  ['that begins at another revision', (entry) => (entry.firstRevision = 3n), /begins at revision 3, the state is at 1/],
  ['of a newer state version', (entry) => (entry.stateVersion = 2), /the cluster uses state version 2/],
  ['of an older state version', (entry) => (entry.stateVersion = 0), /is of state version 0, this state of 1/],
  ['without transactions', (entry) => (entry.transactions = []), /holds no transaction/],
  ['whose log time goes back', (entry) => (entry.transactions[1]!.logTimeMs = 5n), /log time goes back/],
  ['with a table that is not known', (entry) => (entry.transactions[0]!.puts[0]!.table = 'x'), /unknown table x/],
  ['that writes a row twice', (entry) => entry.transactions[0]!.puts.push(put1, put1), /writes shelf\/s9 twice/],
  [
    'that removes what is not there',
    (entry) => (entry.transactions[1]!.deletes[0]!.key = 'x'),
    /shelf\/x, which is not/,
  ],
  [
    'that removes an archival row',
    (entry) => entry.transactions[0]!.deletes.push(create(DeleteSchema, { table: 'note', key: 'n' })),
    /note\/n, which is not there/,
  ],
  [
    'with an archival row of another revision',
    (entry) => entry.transactions[0]!.puts.push(create(PutSchema, { table: 'note', key: revisionKey(3) })),
    /does not name revision 2/,
  ],
  [
    'that carries out a request again',
    (entry) => (entry.transactions[1]!.requestId = entry.transactions[0]!.requestId),
    /carries out request .* again/,
  ],
  [
    'that gives a unique key twice',
    (entry) => {
      const [first] = entry.transactions[0]!.puts
      entry.transactions[0]!.puts.push(create(PutSchema, { table: 'shelf', key: 's9', unique: first!.unique }))
    },
    /shelf\/s9: name\/\/b belongs to s2/,
  ],
])('rule 8: an entry %s is not applied', ([, change, message]) => {
  expect(applyChanged(change)).toThrow(message)
})

test('rule 8: an entry that does not follow the last one, or goes back in term, is not applied', () => {
  expect(applyChanged(() => {}, { index: 4, term: 1 })).toThrow('entry 4 follows 2')
  expect(applyChanged(() => {}, { index: 3, term: 0 })).toThrow('goes back from term 1 to 0')
})

test('numbers begin anew in a term, and entries without transactions have no revision', () => {
  const { writer } = twoEntries()
  expect(writer.state.position).toMatchObject({ index: 3, number: 2, revision: 3 })
  expect(writer.nextTerm()).toEqual({ index: 4, term: 2, number: 0, transactions: [] })
  expect(writer.state.position).toMatchObject({ index: 4, term: 2, number: 0, revision: 3 })
  expect(writer.write(shelf('s3')).number).toBe(1)
})

test('rule 21: the hash is that of the rows that are there, whatever was there before', () => {
  const { writer } = twoEntries()
  const other = new LogWriter()
  other.write(() => [])
  other.write(shelf('s2', { name: 'b' }))
  expect(other.state.hash.toString()).toBe(writer.state.hash.toString())
  expect(other.state.residentHash.toString()).toBe(writer.state.residentHash.toString())
  other.write(shelf('s2', { name: 'b' }))
  expect(other.state.hash.toString()).not.toBe(writer.state.hash.toString())
})

test('rule 20: an archival row counts in the hash and is not in memory', () => {
  const writer = new LogWriter()
  const before = writer.state.hash.toString()
  const { transactions } = writer.write((read) => [put(notes, { revisionKey: revisionKey(read.nextRevision) })])
  expect(writer.state.hash.toString()).not.toBe(before)
  expect(writer.state.residentHash.toString()).toBe(before)
  expect(transactions[0]!.changes).toMatchObject([{ table: 'note', key: revisionKey(1), before: undefined }])
  expect(() => writer.state.row('note', revisionKey(1))).toThrow('there is no resident table note')
})

test('two rows exchange a unique key in one transaction', () => {
  const writer = new LogWriter()
  writer.write(shelf('s1', { name: 'a' }), shelf('s2', { name: 'b' }))
  writer.write(() => [put(shelves, { id: 's1', name: 'b' }), put(shelves, { id: 's2', name: 'a' })])
  expect(writer.state.holder('shelf', 'name//a')?.key).toBe('s2')
  expect(writer.state.holder('shelf', 'name//b')?.key).toBe('s1')
})

test('changes show rows before and after, in the order of the transaction', () => {
  const writer = new LogWriter()
  writer.write(shelf('s1', { name: 'a' }))
  const [done] = writer.write((read) => [
    put(shelves, { id: 's2', name: 'b' }),
    remove(shelves, read.get(shelves, 's1')!),
  ]).transactions
  const { changes } = done!
  expect(changes.map(({ table, key }) => `${table}/${key}`)).toEqual(['shelf/s2', 'shelf/s1'])
  expect(changes[0]!.before).toBeUndefined()
  expect(fromBinary(shelves.row, changes[0]!.after!).name).toBe('b')
  expect(fromBinary(shelves.row, changes[1]!.before!).name).toBe('a')
  expect(changes[1]!.after).toBeUndefined()
})

/** A transaction as a later release may write it: rows whose owner comes later, or goes first. */
function raw(state: State, fields: { puts?: MessageInitShape<typeof PutSchema>[]; deletes?: string[] }) {
  const { index, revision, number } = state.position
  const puts = (fields.puts ?? []).map((one) => create(PutSchema, one))
  const deletes = (fields.deletes ?? []).map((key) => create(DeleteSchema, { table: 'shelf', key }))
  const outcome = create(OutcomeSchema)
  const transaction = create(TransactionSchema, { requestId: `${revision}`, outcome, puts, deletes })
  const header = { stateVersion: 1, term: 1n, number: BigInt(number + 1), previous: BigInt(number) }
  const entry = create(EntrySchema, { ...header, firstRevision: BigInt(revision + 1), transactions: [transaction] })
  const { transactions } = state.apply({ index: index + 1, term: 1 }, entry)
  return transactions[0]!.changes.map(({ key, before, after }) => `${key}${before ? ' -' : ''}${after ? ' +' : ''}`)
}

test('rule 19: what becomes visible with its owner is shown at the revision of the owner, and vanishes with it', () => {
  const state = new State({ catalog: testCatalog, sha256, incarnation: 'raw' })
  const box = (name: string) => ({ table: 'box', key: `s1/${name}`, owner: 's1' })
  expect(raw(state, { puts: [box('1'), box('2')] })).toEqual([])
  expect(raw(state, { puts: [{ table: 'shelf', key: 's1', owner: '' }, box('3')] })).toEqual([
    's1 +',
    's1/1 +',
    's1/2 +',
    's1/3 +',
  ])
  expect(raw(state, { puts: [{ table: 'shelf', key: 's1', owner: '' }] })).toEqual(['s1 - +'])
  expect(raw(state, { puts: [box('1')] })).toEqual(['s1/1 - +'])
  expect(raw(state, { deletes: ['s1'] })).toEqual(['s1 -', 's1/1 -', 's1/2 -', 's1/3 -'])
  expect(boxes.owner?.table).toBe(shelves)
})

test('rule 19: rows without their owner are in no list and no count, wherever one looks, until their owner comes', () => {
  const state = new State({ catalog: testCatalog, sha256, incarnation: 'raw' })
  const box = (owner: string) => ({
    table: 'box',
    key: `${owner}/1`,
    owner,
    buckets: [
      { index: 'shelf', key: owner },
      { index: 'colour', key: 'red' },
    ],
  })
  const owner = (key: string) => ({ table: 'shelf', key, owner: '' })
  const read = new RowReader(state, { times: { timeMs: 0, logTimeMs: 0 }, incarnation: 'raw' })
  const seen = () => [
    Array.from(read.all(boxes), ({ key }) => key),
    read.size(boxes),
    read.count(boxes, 'shelf', 'late'),
    read.count(boxes, 'colour', 'red'),
    read.bucket(boxes, 'shelf', 'late').length,
    read.get(boxes, 'late/1')?.key,
  ]
  raw(state, { puts: [owner('s1'), box('s1'), box('late')] })
  expect(seen()).toEqual([['s1/1'], 1, 0, 1, 0, undefined])
  raw(state, { puts: [owner('late')] })
  expect(seen()).toEqual([['late/1', 's1/1'], 2, 1, 2, 1, 'late/1'])
})
