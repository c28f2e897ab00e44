import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../manual-clock.ts'
import { Faults } from './faults.ts'
import { globMatches } from './glob.ts'

const reset = {
  bmc: 'x1000c0s1b0',
  address: '127.77.0.2:8443',
  method: 'POST',
  path: '/redfish/v1/Systems/1/Actions/ComputerSystem.Reset/',
  resetType: 'On',
}
const read = { ...reset, method: 'GET', path: '/redfish/v1/Systems/1/', resetType: undefined }

function faults(...rules: object[]) {
  const clock = new ManualClock()
  const made = new Faults({ clock })
  for (const rule of rules) made.add(rule)
  return { clock, faults: made }
}

describe('what a rule strikes', () => {
  test('a reset that is refused n times works the time after', () => {
    const { faults: armed } = faults({ bmc: 'x1000c0s1b0', times: 2, action: { kind: 'refuse_reset', status: 400 } })
    const strikes = [1, 2, 3].map(() => armed.strike(reset).length)
    expect(strikes).toEqual([1, 1, 0])
    expect(armed.report()[0]).toMatchObject({ matched: 3, fired: 2 })
  })

  test('a fault of resets leaves other requests alone', () => {
    const { faults: armed } = faults({ action: { kind: 'never_obey' } }, { action: { kind: 'late_report', ms: 3_000 } })
    expect(armed.strike(read)).toEqual([])
    expect(armed.strike(reset).map((action) => action.kind)).toEqual(['never_obey', 'late_report'])
  })

  test('a rule for one reset type spares the others', () => {
    const { faults: armed } = faults({ resetType: '*Off', action: { kind: 'late_report', ms: 3_000 } })
    expect(armed.strike(reset)).toEqual([])
    expect(armed.strike({ ...reset, resetType: 'ForceOff' })).toHaveLength(1)
  })

  test('the first n matching requests pass, and only matching ones are counted', () => {
    const { faults: armed } = faults({ method: 'GET', skip: 2, action: { kind: 'status', status: 500 } })
    armed.strike(reset)
    expect([1, 2, 3, 4].map(() => armed.strike(read).length)).toEqual([0, 0, 1, 1])
  })

  test('a BMC is named by xname or by address', () => {
    const { faults: armed } = faults(
      { bmc: '127.77.0.2:*', action: { kind: 'latency', ms: 1 } },
      { bmc: 'x1000c0s?b0', action: { kind: 'latency', ms: 2 } },
      { bmc: 'x1000c0s2b0', action: { kind: 'latency', ms: 3 } },
    )
    expect(armed.strike(read)).toEqual([
      { kind: 'latency', ms: 1 },
      { kind: 'latency', ms: 2 },
    ])
  })

  test('a removed rule strikes no more', () => {
    const { faults: armed } = faults({ action: { kind: 'unauthorized' } })
    expect(armed.remove('fault-1')).toBe(true)
    expect(armed.remove('fault-1')).toBe(false)
    expect(armed.strike(read)).toEqual([])
  })
})

test('a wrong power state is reported from the first matching request on, for its time, by that BMC alone', () => {
  const { clock, faults: armed } = faults({ method: 'GET', action: { kind: 'wrong_state', state: 'On', ms: 3_000 } })
  expect(armed.reportedInstead(read)).toBeUndefined()
  armed.strike(read)
  clock.advance(2_999)
  armed.strike(read)
  expect(armed.reportedInstead(read)).toEqual({ state: 'On' })
  expect(armed.reportedInstead({ address: '127.77.0.3:8443' })).toBeUndefined()
  clock.advance(1)
  expect(armed.reportedInstead(read)).toBeUndefined()
})

describe('a rule that would strike nothing is refused, by name', () => {
  test.each([
    [{ bmcs: '*', action: { kind: 'never_obey' } }, /rule\.bmcs is not a field/],
    [{ action: { kind: 'explode' } }, /kind is one of status/],
    [{ action: { kind: 'latency' } }, /action\.ms is missing/],
    [{ action: { kind: 'hang', when: 'later' } }, /action\.when has a wrong value/],
    [{ times: -1, action: { kind: 'hang' } }, /rule\.times has a wrong value/],
    [{}, /action is an object/],
    [[], /a fault rule is an object/],
  ])('%j', (rule, message) => {
    expect(() => faults(rule)).toThrow(message)
  })
})

test('a glob agrees with the regular expression that says the same', () => {
  const letters = fc.stringMatching(/^[a.*?/]{0,12}$/)
  const texts = fc.stringMatching(/^[a./]{0,12}$/)
  fc.assert(
    fc.property(letters, texts, (pattern, text) => {
      const expression = pattern
        .replaceAll(/\*+/g, '*')
        .replaceAll('.', '\\.')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')
      return globMatches(pattern, text) === new RegExp(`^${expression}$`).test(text)
    }),
  )
})
