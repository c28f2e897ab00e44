import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareNatural } from '../../lib/natural-order.ts'
import { given } from '../../state/testing/given.ts'
import { allTables } from '../testing/all-tables.ts'
import { refusalOf } from '../testing/request.ts'
import type { Page } from './paging.ts'
import { newestFirst, newestOf, page, pageSizeMax, textOrder } from './paging.ts'

const read = given(allTables)
const order = { position: (item: string) => item, compare: compareNatural }

/** All pages, one after the other; `between` may change the list. */
function allPages(items: readonly string[], pageSize: number, between = (list: readonly string[]) => list): string[][] {
  const pages: string[][] = []
  let list = items
  let pageToken = ''
  do {
    const { items: cut, nextPageToken }: Page<string> = page(read, list, { pageSize, pageToken }, order)
    pages.push([...cut])
    pageToken = nextPageToken
    list = between(list)
  } while (pageToken !== '')
  return pages
}

const lists = fc
  .uniqueArray(fc.stringMatching(/^[a-z]?[0-9]{1,3}[a-z]?$/), { maxLength: 40 })
  .map((names) => names.sort(compareNatural))

test('all pages together are the list, each as large as asked but the last', () => {
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 45 }), (items, size) => {
      const pages = allPages(items, size)
      expect(pages.flat()).toEqual(items)
      expect(pages.length).toBe(Math.max(1, Math.ceil(items.length / size)))
    }),
  )
})

test('a list that changes between its pages shows what stayed exactly once, and nothing out of order', () => {
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 5 }), fc.nat(), (items, size, seed) => {
      const kept = new Set(items)
      let round = seed
      const shown = allPages(items, size, (list) => {
        const gone = list[(round = (round * 31 + 7) % 1_009) % Math.max(1, list.length)]
        if (gone !== undefined) kept.delete(gone)
        return list.filter((item) => item !== gone)
      }).flat()
      expect(shown).toEqual([...new Set(shown)].sort(compareNatural))
      for (const item of kept) expect(shown).toContain(item)
    }),
  )
})

test('without a size a page has the most that one may have, and nobody gets more', () => {
  const items = Array.from({ length: pageSizeMax + 5 }, (_, at) => `${at}`)
  for (const pageSize of [0, 5_000]) {
    const first = page(read, items, { pageSize, pageToken: '' }, order)
    expect(first.items).toHaveLength(pageSizeMax)
    expect(page(read, items, { pageSize, pageToken: first.nextPageToken }, order).items).toHaveLength(5)
  }
})

test('a token that no list gave is refused', () => {
  for (const pageToken of [
    'x',
    'W10',
    Buffer.from('["given",7]').toString('base64url'),
    Buffer.from('null').toString('base64url'),
  ]) {
    const error = refusalOf(() => page(read, ['1'], { pageSize: 1, pageToken }, order))
    expect(error.code).toBe('INVALID_REQUEST')
    expect(error.message).toContain('page_token')
  }
  fc.assert(
    fc.property(fc.string(), (pageToken) => {
      fc.pre(pageToken !== '')
      expect(refusalOf(() => page(read, ['1'], { pageSize: 1, pageToken }, order)).code).toBe('INVALID_REQUEST')
    }),
  )
})

test('a token of a cluster that was restored since is refused: its list is another one', () => {
  const pageToken = Buffer.from('["before","x"]').toString('base64url')
  expect(refusalOf(() => page(read, ['1'], { pageSize: 1, pageToken }, order)).code).toBe('INCARNATION_MISMATCH')
})

test('what runs stands with the newest first, and its next page begins behind the last one shown', () => {
  const runs = ['ses-1', 'ses-2', 'ses-3'].map((key) => ({ key }))
  const first = page(read, newestOf(runs), { pageSize: 2, pageToken: '' }, newestFirst)
  expect(first.items.map(({ key }) => key)).toEqual(['ses-3', 'ses-2'])
  const more = newestOf([...runs, { key: 'ses-4' }])
  const second = page(read, more, { pageSize: 2, pageToken: first.nextPageToken }, newestFirst)
  expect(second).toEqual({ items: [{ key: 'ses-1' }], nextPageToken: '' })
})

test('text stands in the order of its code units', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => Math.sign(textOrder(a, b)) === (a < b ? -1 : a > b ? 1 : 0)),
  )
})
