import type { Dispatcher } from 'undici'
import { expect, test } from 'vitest'
import { VirtualClock } from '../../test/support/virtual-clock.ts'
import { exchange, type ExchangeRequest } from './exchange.ts'

const request: ExchangeRequest = {
  method: 'POST',
  path: '/redfish/v1/',
  headers: {},
  timeoutMs: 5_000,
  bodyBytesMax: 10,
  signal: new AbortController().signal,
}

/** A dispatcher whose connection does what the test says. */
function scripted(script: (handler: Dispatcher.DispatchHandler, controller: Dispatcher.DispatchController) => void) {
  const aborts: Error[] = []
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    abort: (reason: Error) => void aborts.push(reason),
    pause: () => undefined,
    resume: () => undefined,
  }
  const dispatch = (_options: unknown, handler: Dispatcher.DispatchHandler) => {
    script(handler, controller)
    return true
  }
  return { dispatcher: { dispatch } as unknown as Dispatcher, aborts }
}

test('a request that undici starts again is not written again, and its outcome is that of the first', async () => {
  let asked = 0
  const { dispatcher } = scripted((handler, controller) => {
    handler.onRequestStart?.(controller, {})
    expect(() => handler.onRequestStart?.(controller, {})).toThrow()
    handler.onResponseError?.(controller, new Error('closed'))
  })
  const guard = () => {
    asked++
    return true
  }
  expect(await exchange(dispatcher, { ...request, guard }, new VirtualClock())).toMatchObject({
    kind: 'failure',
    sent: true,
  })
  expect(asked).toBe(1)
})

test('a request whose turn comes after its end is not written', async () => {
  let start: (() => void) | undefined
  const { dispatcher } = scripted((handler, controller) => {
    start = () => handler.onRequestStart?.(controller, {})
  })
  const outcome = exchange(dispatcher, { ...request, timeoutMs: 1 }, new VirtualClock())
  expect(await outcome).toMatchObject({ kind: 'failure', sent: false, cause: { kind: 'timeout' } })
  expect(start).toThrow()
})

test('a failure before the start sent nothing; after it, something may have left', async () => {
  const broken = new Error('broken')
  const before = scripted((handler, controller) => handler.onResponseError?.(controller, broken))
  const after = scripted((handler, controller) => {
    handler.onRequestStart?.(controller, {})
    handler.onResponseError?.(controller, broken)
  })
  const cause = { kind: 'error', error: broken }
  expect(await exchange(before.dispatcher, request, new VirtualClock())).toMatchObject({ sent: false, cause })
  expect(await exchange(after.dispatcher, request, new VirtualClock())).toMatchObject({ sent: true, cause })
})

test('a dispatcher that throws is a failure, not a rejection', async () => {
  const { dispatcher } = scripted(() => {
    throw new Error('destroyed')
  })
  expect(await exchange(dispatcher, request, new VirtualClock())).toMatchObject({ kind: 'failure', sent: false })
})

test('a body beyond the cap ends the exchange and the connection', async () => {
  const { dispatcher, aborts } = scripted((handler, controller) => {
    handler.onRequestStart?.(controller, {})
    handler.onResponseStart?.(controller, 103, {})
    handler.onResponseStart?.(controller, 200, {})
    handler.onResponseData?.(controller, Buffer.alloc(10))
    expect(aborts).toEqual([])
    handler.onResponseData?.(controller, Buffer.alloc(1))
  })
  const outcome = await exchange(dispatcher, request, new VirtualClock())
  expect(outcome).toMatchObject({ kind: 'failure', sent: true, status: 200, cause: { kind: 'too_large' } })
  expect(aborts.length).toBe(1)
})

test('the moment of sending is that of the write', async () => {
  const clock = new VirtualClock({ monotonicMs: 7 })
  const { dispatcher } = scripted((handler, controller) => {
    handler.onRequestStart?.(controller, {})
    clock.advance(5)
    handler.onResponseStart?.(controller, 200, { 'X-Auth-Token': ['a', 'b'] })
    handler.onResponseEnd?.(controller, {})
  })
  const outcome = await exchange(dispatcher, request, clock)
  expect(outcome).toMatchObject({ kind: 'answer', status: 200, sentMs: 7 })
  expect(outcome.kind === 'answer' && outcome.headers.get('x-auth-token')).toBe('a')
})

test('a request that is over before it begins is not given to the dispatcher', async () => {
  const { dispatcher } = scripted(() => {
    throw new Error('dispatched')
  })
  const aborted = { ...request, signal: AbortSignal.abort() }
  expect(await exchange(dispatcher, aborted, new VirtualClock())).toMatchObject({
    sent: false,
    cause: { kind: 'aborted' },
  })
})
