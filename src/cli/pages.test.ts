import type { JsonObject } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { cliLimits } from './limits.ts'
import { allPages } from './pages.ts'
import { commandOf } from './testing/tables.ts'

const nodeList = await commandOf('node', 'list')

test('all pages are one answer, which stands on the revision of the first', async () => {
  const asked: JsonObject[] = []
  const answer = await allPages(nodeList, { nodes: '@io' }, (request) => {
    asked.push(request)
    const at = asked.length
    return Promise.resolve({
      nodes: [{ nid: at }],
      next_page_token: at < 3 ? `after-${at}` : '',
      revision: String(10 + at),
    })
  })
  expect(answer).toEqual({ nodes: [{ nid: 1 }, { nid: 2 }, { nid: 3 }], next_page_token: '', revision: '11' })
  expect(asked).toEqual([
    { nodes: '@io' },
    { nodes: '@io', page_token: 'after-1' },
    { nodes: '@io', page_token: 'after-2' },
  ])
})

test('a list without end is given up, not half shown', async () => {
  const page = { nodes: [{ nid: 1 }], next_page_token: 'again', revision: '1' }
  let pages = 0
  const attempt = allPages(nodeList, {}, () => {
    pages++
    return Promise.resolve(page)
  })
  await expect(attempt).rejects.toThrow('`trivet node list` has more than 1000 pages')
  expect(pages).toBe(cliLimits.pagesMax)
})

test('rows are bounded too', async () => {
  const many = Array.from({ length: cliLimits.rowsMax + 1 }, () => ({}))
  const attempt = allPages(nodeList, {}, () => Promise.resolve({ nodes: many, next_page_token: 'more' }))
  await expect(attempt).rejects.toThrow(/more than 200000 rows/)
})
