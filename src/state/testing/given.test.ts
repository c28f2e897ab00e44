import { expect, test } from 'vitest'
import { isTrivetError } from '../../lib/errors.ts'
import { revisionKey } from '../pure/revision-key.ts'
import type { Rule } from '../write.ts'
import { keep, put, remove } from '../write.ts'
import { given } from './given.ts'
import { boxes, notes, shelves, testCatalog } from './tables.ts'

const addShelf: Rule<{ name: string }> = (read, { name }) => [
  put(shelves, { id: read.newId('shf'), tenant: read.request.tenant, name }),
]

const removeShelf: Rule<{ name: string }> = (read, { name }) => {
  const shelf = read.unique(shelves, 'name', ['', name])
  return shelf === undefined ? [] : [remove(shelves, shelf)]
}

test('what a rule writes is read back with its revision and etag, and the first write names it', () => {
  const state = given(testCatalog)
  const answer = state.run(addShelf, { name: 'a' })
  const shelf = state.only(shelves)
  expect(answer).toEqual({ revision: 1, name: shelf.key, etag: 'given-1', replayed: false })
  expect(state.etag(shelf)).toBe(answer.etag)
  expect(shelf.value.name).toBe('a')
  expect(state.unique(shelves, 'name', ['', 'a'])?.key).toBe(shelf.key)
})

test('evaluating changes nothing', () => {
  const state = given(testCatalog)
  expect(state.evaluate(addShelf, { name: 'a' })).toHaveLength(1)
  expect(state.size(shelves)).toBe(0)
  expect(state.revision).toBe(0)
})

test('ids are different, ascend with log time and have the form of all ids', () => {
  const state = given(testCatalog)
  const first = state.run(addShelf, { name: 'a' }).name
  const second = state.advance(1).run(addShelf, { name: 'b' }).name
  expect(first).toMatch(/^shf-[0-9a-hjkmnp-tv-z]{26}$/)
  expect(second > first).toBe(true)
})

test('a row that was kept names the resource with the etag that it has', () => {
  const state = given(testCatalog, put(shelves, { id: 's1', name: 'a' }))
  const answer = state.run((read) => [keep(shelves, read.get(shelves, 's1')!)], undefined)
  expect(answer).toEqual({ revision: 2, name: 's1', etag: 'given-1', replayed: false })
})

test('a removed row is named without an etag, and a rule may write nothing', () => {
  const state = given(testCatalog, put(shelves, { id: 's1', name: 'a' }))
  expect(state.run(removeShelf, { name: 'a' })).toMatchObject({ name: 's1', etag: '' })
  expect(state.run(removeShelf, { name: 'a' })).toMatchObject({ name: '', etag: '', revision: 3 })
})

test('the boxes of a removed shelf are gone at once, and come back with no later shelf of that name', () => {
  const many = Array.from({ length: 900 }, (_, box) => put(boxes, { shelfId: 's1', boxId: `${box}` }))
  const state = given(testCatalog, put(shelves, { id: 's1', name: 'a' }), many)
  expect(state.count(boxes, 'shelf', 's1')).toBe(900)
  state.run(removeShelf, { name: 'a' })
  state.run(addShelf, { name: 'a' })
  expect(state.bucket(boxes, 'shelf', state.only(shelves).key)).toEqual([])
  expect(state.size(boxes)).toBe(0)
})

test('an owner with more rows than one transaction holds is not removed, and nothing is', () => {
  const many = Array.from({ length: 1_000 }, (_, box) => put(boxes, { shelfId: 's1', boxId: `${box}` }))
  const state = given(testCatalog, put(shelves, { id: 's1', name: 'a' }), many)
  const attempt = () => state.run(removeShelf, { name: 'a' })
  expect(attempt).toThrow('the change needs 1001 rows; one transaction holds at most 1000')
  expect(attempt).toThrow(expect.toSatisfy((error: unknown) => isTrivetError(error, 'TRANSACTION_TOO_LARGE')))
  expect(state.size(boxes)).toBe(1_000)
})

test('who asks is what the rule sees', () => {
  const state = given(testCatalog).as({ tenant: 'blue', principal: 'ann' })
  state.run(addShelf, { name: 'a' })
  expect(state.only(shelves).value.tenant).toBe('blue')
  expect(() => given(testCatalog).only(shelves)).toThrow('table shelf holds 0 rows')
})

test('an archival row is taken when its key names the revision, and cannot be read from memory', () => {
  const state = given(testCatalog)
  const note: Rule<string> = (read, revision) => [
    put(notes, { revisionKey: revision === '' ? revisionKey(read.nextRevision) : revision }),
  ]
  expect(state.run(note, '').name).toBe('0000000000000001')
  expect(() => state.run(note, 'x')).toThrow('does not contain revisionKey(nextRevision)')
  expect(() => state.size(notes)).toThrow('table note is archival')
})
