import { create, fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { EntrySchema, PutSchema, StateVersionRowSchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { toBinary } from '@bufbuild/protobuf'
import { sha256 } from '../sha256.ts'
import { LogWriter } from '../testing/log-writer.ts'
import { shelves, testCatalog } from '../testing/tables.ts'
import { put } from '../write.ts'
import { State } from './state.ts'
import { stateVersionKey, stateVersionOf, stateVersions, UnknownStateVersionError } from './state-version.ts'

const raised = (version: number) =>
  create(PutSchema, {
    table: stateVersions.name,
    key: stateVersionKey,
    value: toBinary(StateVersionRowSchema, create(StateVersionRowSchema, { version })),
  })

/** A state that knows so much, and an entry that takes the cluster from version 1 to another one. */
function given(options: { readonly known: number; readonly to: number; readonly isLast?: boolean }) {
  const { known, to, isLast = true } = options
  const writer = new LogWriter()
  writer.write()
  writer.write(
    () => [put(shelves, { id: 's1' })],
    () => [put(shelves, { id: 's2' })],
  )
  const entry = fromBinary(EntrySchema, writer.entries[1]!.data)
  entry.transactions[isLast ? 1 : 0]!.puts = [raised(to)]
  const state = new State({ catalog: testCatalog, sha256, incarnation: 'written', stateVersionMax: known })
  state.apply({ index: 1, term: 1 }, undefined)
  return { state, entry }
}

test('a new state uses the first version, and what raises it is in force behind its entry', () => {
  const { state, entry } = given({ known: 2, to: 2 })
  expect([state.position.stateVersion, stateVersionOf(state)]).toEqual([1, 1])
  state.apply({ index: 2, term: 1 }, entry)
  expect([state.position.stateVersion, stateVersionOf(state)]).toEqual([2, 2])
})

test('a release that does not know a version stops before it has applied anything of it', () => {
  const { state, entry } = given({ known: 1, to: 2 })
  expect(() => state.apply({ index: 2, term: 1 }, entry)).toThrow(UnknownStateVersionError)
  expect([state.position.index, stateVersionOf(state), state.size('shelf')]).toEqual([1, 1, 0])
  const { state: other, entry: later } = given({ known: 1, to: 1 })
  later.stateVersion = 2
  expect(() => other.apply({ index: 2, term: 1 }, later)).toThrow(/entry 2 on the cluster uses state version 2/)
  expect(other.position.index).toBe(1)
})

test('a version is never taken back, nor does its entry go on behind it', () => {
  const same = given({ known: 2, to: 1 })
  expect(() => same.state.apply({ index: 2, term: 1 }, same.entry)).toThrow(/takes the state version from 1 to 1/)
  const early = given({ known: 2, to: 2, isLast: false })
  expect(() => early.state.apply({ index: 2, term: 1 }, early.entry)).toThrow(/goes on behind a change/)
})
