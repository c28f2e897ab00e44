import { expect, test } from 'vitest'
import { BoxRowSchema, NoteRowSchema, ShelfRowSchema } from '../gen/trivet/testing/v1/testing_pb.ts'
import { catalog } from './catalog.ts'
import type { Reader, Stored } from './read.ts'
import type { RowOf } from './table.ts'
import { table } from './table.ts'
import { boxes, notes, shelves } from './testing/tables.ts'
import { keep, put, remove } from './write.ts'

test('an index that does not exist is a type error, and rows keep their type', () => {
  const typed = (read: Reader, stored: Stored<RowOf<typeof shelves>>): void => {
    const shelf = read.unique(shelves, 'name', ['', 'a'])
    const name: string | undefined = shelf?.value.name
    // @ts-expect-error: there is no such unique key
    read.unique(shelves, 'nam', [''])
    // @ts-expect-error: this table has no unique keys
    read.unique(boxes, 'name', [''])
    read.bucket(boxes, 'shelf', 'x')
    // @ts-expect-error: there is no such bucket
    read.bucket(boxes, 'shelves', 'x')
    // @ts-expect-error: this table has no buckets
    read.count(notes, 'shelf', 'x')
    // @ts-expect-error: a box is not a shelf
    put(boxes, { name })
    // @ts-expect-error: a shelf is not a box
    remove(boxes, stored)
    // @ts-expect-error: rows are read, not changed in place
    stored.value.name = 'b'
    keep(shelves, stored)
  }
  expect(typeof typed).toBe('function')
})

test.each([
  ['a name with capitals', { name: 'Shelf' }],
  [
    'an owned table with a unique key',
    { owner: { table: shelves, key: (): string => '' }, unique: { name: () => ['x'] } },
  ],
  ['an archival owner', { owner: { table: notes, key: (): string => '' } }],
  ['an archival table with an owner', { kind: 'archival' as const, owner: { table: shelves, key: (): string => '' } }],
  ['an archival table with a bucket', { kind: 'archival' as const, buckets: { all: () => 'x' } }],
])('%s is refused when it is declared', (_, wrong) => {
  expect(() => table({ name: 'shelf', row: ShelfRowSchema, key: (row) => row.id, ...wrong })).toThrow(/table "/)
})

test('a catalog refuses two tables of one name and an owner that is missing', () => {
  const twin = table({ name: 'shelf', row: ShelfRowSchema, key: (row) => row.id })
  expect(() => catalog([shelves, twin])).toThrow('two tables are named shelf')
  expect(() => catalog([boxes])).toThrow('table box: its owner shelf is missing')
  expect(catalog([shelves, boxes, notes]).ownedBy('shelf')).toEqual([boxes])
  expect(catalog([shelves]).ownedBy('shelf')).toEqual([])
})

test('a put carries the bytes of the row and its index keys, so that nobody decodes it to keep an index', () => {
  const write = put(shelves, { id: 's1', tenant: 't', name: 'a/b%', labels: ['red', 'wood'] })
  expect(write).toMatchObject({
    key: 's1',
    unique: [{ index: 'name', key: 't/a%2Fb%25' }],
    buckets: [
      { index: 'label', key: 'red' },
      { index: 'label', key: 'wood' },
    ],
    owner: '',
  })
  expect(put(boxes, { shelfId: 's1', boxId: '7' })).toMatchObject({
    key: 's1/7',
    owner: 's1',
    unique: [],
    buckets: [{ index: 'shelf', key: 's1' }],
  })
  expect(put(shelves, { id: 's2' }).unique).toEqual([])
  expect(put(notes, { revisionKey: 'r' }).key).toBe('r')
  expect([BoxRowSchema, NoteRowSchema].map((schema) => schema.name)).toEqual(['BoxRow', 'NoteRow'])
})
