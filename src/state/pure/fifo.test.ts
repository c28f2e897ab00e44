import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fifo } from './fifo.ts'

test('it does what an array does', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('push' as const), items: fc.array(fc.nat(), { minLength: 1, maxLength: 1 }) }),
    fc.record({ kind: fc.constant('unshift' as const), items: fc.array(fc.nat(), { maxLength: 3 }) }),
    fc.record({ kind: fc.constantFrom('shift' as const, 'pop' as const), items: fc.constant([]) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const fifo = new Fifo<number>()
      const model: number[] = []
      for (const { kind, items } of steps) {
        if (kind === 'push') {
          fifo.push(items[0]!)
          model.push(items[0]!)
        } else if (kind === 'unshift') {
          fifo.unshift(items)
          model.unshift(...items)
        } else expect(fifo[kind]()).toBe(model[kind]())
        expect(fifo.length).toBe(model.length)
        expect(fifo.peek()).toBe(model[0])
        expect(fifo.at(model.length - 1)).toBe(model.at(-1))
      }
      expect([...fifo]).toEqual(model)
      expect(fifo.drain()).toEqual(model)
      expect(fifo.length).toBe(0)
    }),
  )
})

test('spent places are given back', () => {
  const fifo = new Fifo<number>()
  for (let at = 0; at < 10_000; at += 1) {
    fifo.push(at)
    if (at >= 10) expect(fifo.shift()).toBe(at - 10)
  }
  expect([...fifo]).toEqual([9_990, 9_991, 9_992, 9_993, 9_994, 9_995, 9_996, 9_997, 9_998, 9_999])
})
