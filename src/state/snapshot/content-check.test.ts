import { expect, test } from 'vitest'
import { sampleState } from '../testing/sample-snapshot.ts'
import { ContentCheck } from './content-check.ts'
import { markOf } from './export-state.ts'

const { keyValue } = await sampleState(4)
const pairs = await keyValue.range({ from: 'o/', to: 's', limit: 1_000 })
const mark = (await markOf(keyValue.snapshot()))!
const said = { rows: 12, outcomes: 12 }

test('the pairs of a state are those that its mark speaks of, in whatever pieces they come', () => {
  for (const size of [1, 5, 100]) {
    const check = new ContentCheck(mark)
    for (let at = 0; at < pairs.length; at += size) expect(check.add(pairs.slice(at, at + size))).toBeUndefined()
    expect(check.counts).toEqual(said)
    expect(check.end(said)).toBeUndefined()
  }
})

test('pairs that come twice, out of order or under a key of something else are told at once', () => {
  const [first, second] = pairs
  const row = pairs.at(-1)!
  expect(new ContentCheck(mark).add([second!, first!])).toContain('is out of order')
  expect(new ContentCheck(mark).add([first!, first!])).toContain('is out of order')
  expect(new ContentCheck(mark).add([first!, { ...first!, key: second!.key }])).toMatch(/^request .* has two outcomes$/)
  for (const key of ['m', 'r/shelf', 'x/shelf/1']) {
    expect(new ContentCheck(mark).add([{ ...row, key }])).toBe(`key "${key}" is none of a row`)
  }
})

test('other counts than there are pairs are told', () => {
  const check = new ContentCheck(mark)
  check.add(pairs)
  expect(check.end({ ...said, rows: 11 })).toBe('it holds 12 rows, and says 11')
  expect(check.end({ ...said, outcomes: 13 })).toBe('it holds 12 outcomes, and says 13')
})
