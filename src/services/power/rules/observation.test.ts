import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PowerState } from '../../../redfish/facts.ts'
import { conclude } from './observation.ts'

const patience = { settleMs: 15_000, powerTimeoutMs: 120_000 }
const unknown = { acceptedLogMs: undefined, sentBeforeLogMs: 1_000 }
const accepted = { acceptedLogMs: 1_000, sentBeforeLogMs: 50_000 }

test('a command of unknown outcome is judged after the settle time, from the latest moment at which it can have been sent', () => {
  expect(conclude('on', unknown, patience, 15_999)).toBe(false)
  expect(conclude('on', unknown, patience, 16_000)).toBe(true)
})

test('an accepted command has the whole power time-out, from its acceptance', () => {
  expect(conclude('on', accepted, patience, 120_999)).toBe(false)
  expect(conclude('on', accepted, patience, 121_000)).toBe(true)
})

test('a state on its way has the whole power time-out, also when nobody knows whether the command was accepted', () => {
  expect(conclude('powering_off', unknown, patience, 120_999)).toBe(false)
  expect(conclude('powering_off', unknown, patience, 121_000)).toBe(true)
})

test('nothing is ever concluded within the settle time', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<PowerState>('on', 'off', 'powering_on', 'powering_off', 'unknown'),
      fc.option(fc.nat(1_000_000), { nil: undefined }),
      fc.nat(1_000_000),
      fc.nat(60_000),
      fc.nat(3_600_000),
      fc.nat(2_000_000),
      (seen, acceptedLogMs, sentBeforeLogMs, settleMs, powerTimeoutMs, askedLogMs) => {
        const sent = acceptedLogMs ?? sentBeforeLogMs
        const judged = conclude(seen, { acceptedLogMs, sentBeforeLogMs }, { settleMs, powerTimeoutMs }, askedLogMs)
        expect(judged && askedLogMs < sent + settleMs).toBe(false)
        // And not later than any patience lasts.
        expect(judged || askedLogMs < sent + Math.max(settleMs, powerTimeoutMs)).toBe(true)
      },
    ),
  )
})
