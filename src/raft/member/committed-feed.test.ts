import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Entry, Message } from '../core/types.ts'
import { heartbeat } from '../transport/transport.contract.ts'
import { CommittedFeed } from './committed-feed.ts'

function entry(index: number, sizeBytes = 10): Entry {
  return { index, term: 1, type: index === 1 ? 'conf_change' : 'normal', data: new Uint8Array(sizeBytes) }
}

function apply(entries: readonly Entry[]): Message {
  return { ...heartbeat('a', 'apply', 0), type: 'storage_apply', entries }
}

function feedWith(limits: { entriesMax: number; bytesMax: number; appliedIndex?: number }) {
  const delivered: number[] = []
  const done: Message[] = []
  const reconfigured: number[] = []
  const feed = new CommittedFeed({
    appliedIndex: 0,
    ...limits,
    deliver: (entries) => delivered.push(...entries.map(({ index }) => index)),
    reconfigure: ({ index }) => reconfigured.push(index),
    done: (message) => done.push(message),
  })
  return { feed, delivered, done, reconfigured }
}

test('entries are handed over in order, and a piece of work is done when all of it has been', () => {
  const { feed, delivered, done } = feedWith({ entriesMax: 3, bytesMax: 1000 })
  const first = apply([entry(2), entry(3)])
  const second = apply([entry(4), entry(5), entry(6)])
  feed.push(first)
  feed.push(second)
  expect(delivered).toEqual([2, 3, 4])
  expect(done).toEqual([first])
  feed.applied(2)
  expect(delivered).toEqual([2, 3, 4, 5])
  expect(done).toEqual([first])
  feed.applied(4)
  expect(delivered).toEqual([2, 3, 4, 5, 6])
  expect(done).toEqual([first, second])
})

test('bytes are limited too, but one entry may always be on its way', () => {
  const { feed, delivered } = feedWith({ entriesMax: 100, bytesMax: 25 })
  feed.push(apply([entry(2), entry(3), entry(4), entry(5, 5000), entry(6)]))
  expect(delivered).toEqual([2, 3, 4])
  feed.applied(3)
  expect(delivered).toEqual([2, 3, 4, 5])
  feed.applied(4)
  expect(delivered).toEqual([2, 3, 4, 5])
  feed.applied(5)
  expect(delivered).toEqual([2, 3, 4, 5, 6])
})

test('a configuration entry is announced just before it is handed over', () => {
  const { feed, reconfigured, delivered } = feedWith({ entriesMax: 1, bytesMax: 25 })
  feed.push(apply([entry(1), entry(2)]))
  expect({ reconfigured, delivered }).toEqual({ reconfigured: [1], delivered: [1] })
})

test('every entry is handed over once and in order, and never more than the credit', () => {
  const sizes = fc.array(fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 5 }), { maxLength: 10 })
  fc.assert(
    fc.property(sizes, fc.array(fc.nat({ max: 10 })), (works, steps) => {
      const { feed, delivered, done } = feedWith({ entriesMax: 4, bytesMax: 60 })
      let index = 1
      let applied = 1
      for (const work of works) {
        feed.push(apply(work.map((size) => entry(++index, size))))
        expect(delivered.length - (applied - 1)).toBeLessThanOrEqual(4)
      }
      for (const step of steps) {
        applied = Math.min(applied + step, delivered.at(-1) ?? 1)
        feed.applied(applied)
        expect(delivered.length - (applied - 1)).toBeLessThanOrEqual(4)
      }
      while (applied < index) {
        const before = applied
        applied = delivered.at(-1)!
        feed.applied(applied)
        if (applied === before) break
      }
      expect(delivered).toEqual(Array.from({ length: index - 1 }, (_, at) => at + 2))
      expect(done).toHaveLength(works.length)
    }),
  )
})

test('what main has applied already is not handed over again, and takes no credit', () => {
  const { feed, delivered, done } = feedWith({ entriesMax: 2, bytesMax: 1000, appliedIndex: 4 })
  const first = apply([entry(2), entry(3)])
  const second = apply([entry(4), entry(5), entry(6), entry(7)])
  feed.push(first)
  feed.push(second)
  expect(delivered).toEqual([5, 6])
  expect(done).toEqual([first])
  feed.applied(6)
  expect(delivered).toEqual([5, 6, 7])
  expect(done).toEqual([first, second])
})
