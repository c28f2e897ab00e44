import { expect, test } from 'vitest'
import { mergeWrites, type LogWrite } from './log-write.ts'
import { entriesOf } from './store-fixture.ts'

const write = (from: number, to: number, term = 1, commit?: number): LogWrite => ({
  entries: entriesOf({ from, to, term }),
  hardState: commit === undefined ? undefined : { term, vote: '', commit },
  durable: () => {},
})

const sizeOf = ({ entries }: LogWrite) => entries.reduce((size, { data }) => size + data.length, 0)

test('writes are joined as long as they fit, and the first one is taken however large it is', () => {
  const queue = [write(2, 9), write(10, 19, 1, 8), write(20, 20, 1, 9)]
  expect(mergeWrites(queue, 1).taken).toEqual(queue.slice(0, 1))
  const both = mergeWrites(queue, sizeOf(queue[0]!) + sizeOf(queue[1]!))
  expect(both.taken).toEqual(queue.slice(0, 2))
  expect(both.entries.map(({ index }) => index)).toEqual(Array.from({ length: 18 }, (_, at) => at + 2))
  expect(both.hardState).toMatchObject({ commit: 8 })
})

test('a later write replaces what an earlier one has put at its indexes and behind', () => {
  const { entries } = mergeWrites([write(2, 9), write(5, 6, 2)], 1e6)
  expect(entries.map(({ index, term }) => `${index}/${term}`)).toEqual(['2/1', '3/1', '4/1', '5/2', '6/2'])
})

test('a write without entries has its part, and one that leaves a hole has none', () => {
  const vote = { entries: [], hardState: { term: 2, vote: 'a', commit: 1 }, durable: () => {} }
  expect(mergeWrites([write(2, 3, 1, 1), vote], 1e6)).toMatchObject({ hardState: vote.hardState })
  expect(() => mergeWrites([write(2, 3), write(5, 5)], 1e6)).toThrow('entry 5 does not follow entry 3')
})
