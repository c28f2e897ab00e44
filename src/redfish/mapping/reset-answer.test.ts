import { expect, test } from 'vitest'
import { genericProfile, profileNamed } from '../quirks.ts'
import { redfishError } from './redfish-error.ts'
import { resetAnswer } from './reset-answer.ts'
import { retryAfterMs } from './retry-after.ts'

const silent = { messageIds: [], text: '' }

test.for([200, 202, 204])('HTTP %i is accepted', (httpStatus) => {
  const answer = resetAnswer({ httpStatus, error: silent, retryAfterMs: undefined }, genericProfile)
  expect(answer).toEqual({ kind: 'accepted', httpStatus })
})

test.for([308, 400, 403, 404, 405, 409, 412, 501, 503])('HTTP %i is a refusal: the BMC did not act', (httpStatus) => {
  const answer = resetAnswer({ httpStatus, error: silent, retryAfterMs: undefined }, genericProfile)
  expect(answer).toMatchObject({ kind: 'refused', httpStatus, text: `HTTP ${httpStatus} without a reason` })
})

test.for([500, 502, 504, 599])(
  'HTTP %i leaves the outcome open: the BMC may have acted before it failed',
  (httpStatus) => {
    expect(resetAnswer({ httpStatus, error: silent, retryAfterMs: undefined }, genericProfile)).toBeUndefined()
  },
)

test.for([
  ['idrac-17g', 409, 'ActionParameterValueConflict', true],
  ['idrac-17g', 409, 'ResourceInUse', false],
  ['idrac', 409, 'ActionParameterValueConflict', false],
  ['idrac', 503, 'SYS518', true],
  ['ilo', 400, 'UnableToModifyDuringSystemPOST', true],
  ['generic', 400, 'UnableToModifyDuringSystemPOST', false],
  ['generic', 400, 'ResourceNotReadyRetry', true],
  ['generic', 429, 'GeneralError', true],
  ['generic', 503, 'GeneralError', true],
  ['generic', 401, 'NoValidSession', true],
] as const)('%s: %i with %s may work later: %s', ([profile, httpStatus, messageId, retryable]) => {
  const error = { messageIds: [messageId], text: 'no' }
  const answer = resetAnswer({ httpStatus, error, retryAfterMs: undefined }, profileNamed(profile))
  expect(answer).toMatchObject({ kind: 'refused', messageId, retryable })
})

test("the BMC's own Retry-After wins over the profile's pause", () => {
  const error = { messageIds: ['ActionParameterValueConflict'], text: 'no' }
  const profile = profileNamed('idrac-17g')
  expect(resetAnswer({ httpStatus: 409, error, retryAfterMs: 2_000 }, profile)).toMatchObject({ afterMs: 2_000 })
  expect(resetAnswer({ httpStatus: 409, error, retryAfterMs: undefined }, profile)).toMatchObject({ afterMs: 10_000 })
})

test.for([
  ['5', 5_000],
  [' 30 ', 30_000],
  ['999999', 600_000],
  ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ['-1', undefined],
  ['', undefined],
] as const)('Retry-After %j is %s ms', ([header, ms]) => {
  expect(retryAfterMs(header)).toBe(ms)
})

test('the telling message is found among hollow ones, in a list, alone, or beside the error', () => {
  const hollow = { MessageId: 'Base.1.8.GeneralError', Message: 'A general error has occurred.' }
  const telling = { MessageId: 'IDRAC.2.8.SYS518', Message: 'The lifecycle controller\u0007 is\nbusy.' }
  const expected = { messageIds: ['SYS518', 'GeneralError'], text: 'The lifecycle controller is busy.' }
  expect(redfishError({ error: { '@Message.ExtendedInfo': [hollow, telling] } })).toEqual(expected)
  expect(
    redfishError({ error: { code: 'Base.1.8.GeneralError', message: 'x', '@Message.ExtendedInfo': telling } }),
  ).toEqual(expected)
  expect(redfishError({ error: {}, '@Message.ExtendedInfo': [hollow, telling] })).toEqual(expected)
})

test.for([undefined, {}, { error: null }, { error: 'no' }, { error: { '@Message.ExtendedInfo': [null, 7, {}] } }])(
  '%j says nothing',
  (body) => {
    expect(redfishError(body)).toEqual({ messageIds: [], text: '' })
  },
)
