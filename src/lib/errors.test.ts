import { expect, test } from 'vitest'
import { factsOf, isTrivetError, trivetError } from './errors.ts'

const stale = trivetError('ETAG_MISMATCH', { kind: 'group', name: 'compute', given: 'e1', present: 'e2' })

test('an error says what happened, to which thing, and what to do', () => {
  expect(stale.message).toBe('group compute has changed since you read it: you hold etag e1, it has e2')
  expect(stale.remedy).toBe('read it again, look at what changed, and repeat the change')
})

test('a parameter that looks like a template is shown as it is', () => {
  const error = trivetError('INVALID_REQUEST', { reason: '{reason} of {name}' })
  expect(error.message).toBe('the request is not valid: {reason} of {name}')
})

test('lists are joined by commas', () => {
  expect(trivetError('INVALID_REQUEST', { reason: ['one', 'two'] }).message).toMatch(/one, two$/)
})

test('an error is known by its code, and a defect has none', () => {
  expect(isTrivetError(stale, 'ETAG_MISMATCH')).toBe(true)
  expect(isTrivetError(stale, 'NO_LEADER')).toBe(false)
  expect(isTrivetError(new Error('ETAG_MISMATCH'))).toBe(false)
  expect(factsOf(stale.code)).toMatchObject({ grpc: 'ABORTED', http: 412, exit: 6 })
})

test('the cause is kept for the log', () => {
  const cause = new Error('socket')
  expect(trivetError('NO_LEADER', { waitedMs: 1 }, { cause }).cause).toBe(cause)
  expect(trivetError('NO_LEADER', { waitedMs: 1 })).not.toHaveProperty('cause')
})
