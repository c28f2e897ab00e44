import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CoreInvariantError } from './errors.ts'
import { Inflights } from './inflights.ts'

test('the window is full by messages or by bytes, and frees exactly what is acknowledged', () => {
  const commands = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('add' as const), step: fc.integer({ min: 1, max: 5 }), bytes: fc.nat(40) }),
      fc.record({ kind: fc.constant('free' as const), back: fc.nat(30) }),
      fc.record({ kind: fc.constant('reset' as const) }),
    ),
    { maxLength: 80 },
  )
  fc.assert(
    fc.property(commands, fc.integer({ min: 1, max: 20 }), (steps, maxMessages) => {
      const maxBytes = 100
      const inflights = new Inflights({ maxMessages, maxBytes })
      let model: { lastIndex: number; bytes: number }[] = []
      let last = 0
      for (const step of steps) {
        if (step.kind === 'add' && !inflights.full) {
          last += step.step
          inflights.add({ lastIndex: last, bytes: step.bytes })
          model.push({ lastIndex: last, bytes: step.bytes })
        } else if (step.kind === 'free') {
          inflights.freeTo(last - step.back)
          model = model.filter((sent) => sent.lastIndex > last - step.back)
        } else if (step.kind === 'reset') {
          inflights.reset()
          model = []
        }
        const bytes = model.reduce((sum, sent) => sum + sent.bytes, 0)
        expect(inflights.count).toBe(model.length)
        expect(inflights.full).toBe(model.length >= maxMessages || bytes >= maxBytes)
      }
    }),
  )
})

test('nothing is sent into a full window, nor an older message after a newer one', () => {
  const inflights = new Inflights({ maxMessages: 2, maxBytes: 100 })
  inflights.add({ lastIndex: 5, bytes: 1 })
  expect(() => inflights.add({ lastIndex: 5, bytes: 1 })).toThrow(CoreInvariantError)
  inflights.add({ lastIndex: 6, bytes: 1 })
  expect(() => inflights.add({ lastIndex: 7, bytes: 1 })).toThrow('nothing is sent into a full window')
})

test('a window without limits is refused', () => {
  expect(() => new Inflights({ maxMessages: 0, maxBytes: 1 })).toThrow(CoreInvariantError)
  expect(() => new Inflights({ maxMessages: 1, maxBytes: 0 })).toThrow(CoreInvariantError)
})
