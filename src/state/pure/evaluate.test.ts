import { expect, test } from 'vitest'
import { isTrivetError } from '../../lib/errors.ts'
import { catalog } from '../catalog.ts'
import { given } from '../testing/given.ts'
import { boxes, notes, shelves, testCatalog } from '../testing/tables.ts'
import type { Write } from '../write.ts'
import { keep, put, remove } from '../write.ts'
import { revisionKey } from './revision-key.ts'

const shelf = (id: string, name: string) => put(shelves, { id, name })
const box = (shelfId: string, boxId: string) => put(boxes, { shelfId, boxId })

function codeOf(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    return isTrivetError(error) ? error.code : `defect: ${(error as Error).message}`
  }
  return 'nothing'
}

test('a unique key that another row has is refused, and the refusal names the holder and since when', () => {
  const state = given(testCatalog, shelf('s1', 'a'))
  expect(() => state.run(() => [shelf('s2', 'a')], undefined)).toThrow('shelf name /a is in use by s1 since revision 1')
})

test('a unique key may be claimed once in a transaction, and taken from a row that gives it up in the same one', () => {
  const state = given(testCatalog, shelf('s1', 'a'), shelf('s2', 'b'))
  expect(codeOf(() => state.run(() => [shelf('s3', 'c'), shelf('s4', 'c')], undefined))).toBe('UNIQUE_KEY_IN_USE')
  state.run((read) => [shelf('s3', 'a'), remove(shelves, read.get(shelves, 's1')!)], undefined)
  state.run(() => [shelf('s2', 'a'), shelf('s3', 'b')], undefined)
  expect(state.unique(shelves, 'name', ['', 'a'])?.key).toBe('s2')
})

test('a refused rule leaves nothing', () => {
  const state = given(testCatalog, shelf('s1', 'a'))
  const before = state.state.hash.toString()
  expect(() => state.run(() => [shelf('s2', 'b'), shelf('s3', 'a')], undefined)).toThrow('in use')
  expect(state.state.hash.toString()).toBe(before)
  expect(state.revision).toBe(1)
})

test('rows of a removed owner go with it, also those that the rule removes itself', () => {
  const state = given(testCatalog, shelf('s1', 'a'), box('s1', '1'), box('s1', '2'), shelf('s2', 'b'), box('s2', '1'))
  state.run((read) => [remove(shelves, read.get(shelves, 's1')!), remove(boxes, read.get(boxes, 's1/1')!)], undefined)
  expect(state.rows(boxes).map(({ key }) => key)).toEqual(['s2/1'])
})

test('a transaction that would leave a row without owner is a defect of its rule', () => {
  const state = given(testCatalog, shelf('s1', 'a'), box('s1', '1'))
  expect(codeOf(() => state.run(() => [box('s9', '1')], undefined))).toMatch(/box\/s9\/1, whose owner shelf\/s9 is not/)
  const both = () =>
    state.run(
      (read) => [remove(shelves, read.get(shelves, 's1')!), put(boxes, { shelfId: 's1', boxId: '1' })],
      undefined,
    )
  expect(codeOf(both)).toMatch(/defect: a rule stores box\/s1\/1, whose owner/)
})

test('a row is stored together with its owner', () => {
  const state = given(testCatalog)
  state.run(() => [box('s1', '1'), shelf('s1', 'a')], undefined)
  expect(state.count(boxes, 'shelf', 's1')).toBe(1)
})

const strange = given(testCatalog, shelf('s1', 'a'))
const s1 = strange.get(shelves, 's1')!

test.for<[string, (next: number) => readonly Write[], RegExp]>([
  ['writes a row twice', () => [shelf('s1', 'x'), remove(shelves, s1)], /writes shelf\/s1 twice/],
  [
    'removes what is not there',
    () => [remove(shelves, { ...s1, key: 's7', value: s1.value })],
    /s7, which is not there/,
  ],
  ['keeps what is not there', () => [keep(shelves, { ...s1, key: 's7', value: s1.value })], /s7, which is not there/],
  ['stores a row without a key', () => [shelf('', 'x')], /without a key/],
  ['uses a key with half a character', () => [shelf('s\ud800', 'x')], /not well-formed Unicode/],
  ['uses half a character in a unique key', () => [shelf('s8', 'x\udc00')], /not well-formed Unicode/],
  ['removes an archival row', () => [{ kind: 'remove', table: notes, key: 'n' }], /removes or keeps the archival row/],
  [
    'stores an archival row of another revision',
    (next) => [put(notes, { revisionKey: revisionKey(next + 1) })],
    /nextRevision/,
  ],
])('a rule that %s is a defect, not a refusal', ([, writes, message]) => {
  const code = codeOf(() => strange.evaluate((read) => writes(read.nextRevision), undefined))
  expect(code).toMatch(/^defect: /)
  expect(code).toMatch(message)
})

test('a table outside the catalog is a defect', () => {
  const state = given(catalog([shelves]))
  expect(codeOf(() => state.run(() => [box('s1', '1')], undefined))).toMatch(/a table outside the catalog/)
})

test('rule 5: a transaction holds 1,000 rows and no more', () => {
  const state = given(testCatalog)
  const many = (count: number) => Array.from({ length: count }, (_, at) => shelf(`s${at}`, ''))
  expect(codeOf(() => state.run(() => many(1_001), undefined))).toBe('TRANSACTION_TOO_LARGE')
  expect(state.size(shelves)).toBe(0)
  state.run(() => many(1_000), undefined)
  expect(state.size(shelves)).toBe(1_000)
})

test('rule 5: a transaction holds 1 MiB and no more', () => {
  const state = given(testCatalog)
  const large = (sizeBytes: number) => [put(shelves, { id: 's', ballast: new Uint8Array(sizeBytes) })]
  expect(codeOf(() => state.run(() => large(1_048_576), undefined))).toBe('TRANSACTION_TOO_LARGE')
  expect(state.run(() => large(1_048_000), undefined).name).toBe('s')
})

test('a key has 1,024 bytes and no more', () => {
  const state = given(testCatalog)
  expect(codeOf(() => state.run(() => [shelf('ü'.repeat(513), '')], undefined))).toBe('INVALID_REQUEST')
  expect(state.run(() => [shelf('ü'.repeat(512), '')], undefined).revision).toBe(1)
})

test('what was read is frozen, and spread to be changed', () => {
  const state = given(testCatalog, put(shelves, { id: 's1', labels: ['a'] }))
  const { value } = state.only(shelves)
  expect(Object.isFrozen(value)).toBe(true)
  expect(() => value.labels.push('b')).toThrow(TypeError)
  state.run(() => [put(shelves, { ...value, labels: [...value.labels, 'b'] })], undefined)
  expect(state.only(shelves).value.labels).toEqual(['a', 'b'])
  expect(state.bucket(shelves, 'label', 'b').map(({ key }) => key)).toEqual(['s1'])
})
