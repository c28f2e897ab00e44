import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { trivetError, type TrivetError } from '../lib/errors.ts'
import {
  firstContactTimeoutMs,
  isWorthRetrying,
  mayHaveBeenExecuted,
  pauseBeforeMs,
  triesMax,
} from './failover-policy.ts'
import { errorFromWire } from './remote-error.ts'
import { RetryBudget } from './retry-budget.ts'
import { wireErrorFor } from './error-to-status.ts'

const received = (error: TrivetError) => errorFromWire(wireErrorFor(error, ''))

describe('what is tried again', () => {
  const unreachable = trivetError('UNREACHABLE', { address: 'a', reason: 'r' })
  const late = trivetError('DEADLINE_EXCEEDED', { what: 'x', limitMs: 5 })
  const noLeader = trivetError('NO_LEADER', { waitedMs: 5 })
  const refused = trivetError('INVALID_REQUEST', { reason: 'no' })
  const newer = { ...wireErrorFor(noLeader, ''), code: 'NEWER' }

  test('all that is unavailable, by whatever code, and our own time-out; no answer of a server', () => {
    for (const error of [unreachable, late, received(noLeader), errorFromWire(newer)]) {
      expect(isWorthRetrying(error), String(error)).toBe(true)
    }
    for (const error of [
      received(late),
      received(refused),
      errorFromWire({ ...newer, status: 'ABORTED' }),
      new Error('x'),
    ]) {
      expect(isWorthRetrying(error), String(error)).toBe(false)
    }
  })

  test('a request may have been executed unless a peer itself has refused it beforehand', () => {
    expect(mayHaveBeenExecuted(received(noLeader))).toBe(false)
    for (const error of [unreachable, late, noLeader, errorFromWire(newer)]) {
      expect(mayHaveBeenExecuted(error), String(error)).toBe(true)
    }
    expect(mayHaveBeenExecuted(received(trivetError('OUTCOME_UNKNOWN', { requestId: 'x' })))).toBe(true)
  })
})

describe('pauses', () => {
  test('within a round there are none; each round’s pause is at most twice the last and at most a second', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: triesMax }),
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (tries, addresses, random) => {
          const pauseMs = pauseBeforeMs({ tries: tries + 1, addresses }, random)
          if ((tries + 1) % addresses !== 0) expect(pauseMs).toBe(0)
          else expect(pauseMs).toBeGreaterThanOrEqual(25)
          expect(pauseMs).toBeLessThanOrEqual(1000)
        },
      ),
    )
    expect([1, 2, 3, 4, 5, 6, 7].map((tries) => pauseBeforeMs({ tries, addresses: 1 }, 0))).toEqual([
      50, 100, 200, 400, 800, 1000, 1000,
    ])
  })
})

describe('a budget', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const limits = { timeoutMs: 10_000, addresses: 2, contacted: () => true, signal: undefined }

  test('ends with its tries', async () => {
    const budget = new RetryBudget({ ...limits, timeoutMs: 10_000_000, addresses: 1000 })
    for (let tries = 1; tries < triesMax; tries++) {
      const again = budget.again()
      await vi.advanceTimersByTimeAsync(1)
      expect(await again, String(tries)).toBe(true)
    }
    expect(await budget.again()).toBe(false)
  })

  test('ends with its time, and a stream that brought something begins anew', async () => {
    const budget = new RetryBudget(limits)
    vi.advanceTimersByTime(9000)
    expect(budget.leftMs).toBe(1000)
    budget.renew()
    expect(budget.leftMs).toBe(10_000)
    vi.advanceTimersByTime(10_000)
    expect(await budget.again()).toBe(false)
    expect(budget.leftMs).toBe(0)
  })

  test('is short until somebody has answered', () => {
    let contacted = false
    const budget = new RetryBudget({ ...limits, contacted: () => contacted })
    expect(budget.leftMs).toBe(firstContactTimeoutMs)
    contacted = true
    expect(budget.leftMs).toBe(10_000)
    expect(new RetryBudget({ ...limits, timeoutMs: 50, contacted: () => false }).leftMs).toBe(50)
  })
})
