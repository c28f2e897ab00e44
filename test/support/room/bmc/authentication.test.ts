import { expect, test } from 'vitest'
import { Authentication, failuresMax, lockedMs } from './authentication.ts'

function bmc() {
  let nowMs = 0
  const authentication = new Authentication({
    username: 'root',
    password: 'right',
    sessionsMax: 2,
    sessionIdleMs: 30_000,
    nowMs: () => nowMs,
  })
  const basic = (user: string, password: string) =>
    authentication.judge({
      token: undefined,
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    })
  return { authentication, basic, pass: (ms: number) => (nowMs += ms) }
}

function opened(authentication: Authentication): { id: string; token: string } {
  const result = authentication.login('root', 'right')
  if (result.kind !== 'open') throw new Error(result.reason)
  return result.session
}

const bySession = (token: string) => ({ token, authorization: undefined })

test('the fifth wrong password locks the account for 300 s, the right one included', () => {
  const { authentication, basic, pass } = bmc()
  for (let n = 0; n < failuresMax; n++) {
    expect(basic('root', 'wrong')).toEqual({ kind: 'refused', reason: 'password' })
  }
  expect(basic('root', 'right')).toEqual({ kind: 'refused', reason: 'locked' })
  expect(authentication.login('root', 'right')).toEqual({ kind: 'refused', reason: 'locked' })
  pass(lockedMs - 1)
  expect(authentication.locked).toBe(true)
  pass(1)
  expect(basic('root', 'right')).toEqual({ kind: 'known' })
})

test('a right password in between forgives the failures before it', () => {
  const { basic } = bmc()
  for (let n = 0; n < failuresMax - 1; n++) basic('root', 'wrong')
  basic('root', 'right')
  for (let n = 0; n < failuresMax - 1; n++) basic('root', 'wrong')
  expect(basic('root', 'right')).toEqual({ kind: 'known' })
})

test('a locked account serves the sessions that are open', () => {
  const { authentication, basic } = bmc()
  const { token } = opened(authentication)
  for (let n = 0; n < failuresMax; n++) basic('root', 'wrong')
  expect(authentication.judge(bySession(token))).toEqual({ kind: 'known' })
})

test('there are only so many sessions, and a logout makes room', () => {
  const { authentication } = bmc()
  const first = opened(authentication)
  opened(authentication)
  expect(authentication.login('root', 'right')).toEqual({ kind: 'refused', reason: 'too_many_sessions' })
  expect(authentication.logout(first.id)).toBe(true)
  expect(authentication.logout(first.id)).toBe(false)
  expect(authentication.judge(bySession(first.token))).toEqual({ kind: 'refused', reason: 'session' })
  expect(authentication.login('root', 'right').kind).toBe('open')
})

test('a session that is used lives on, an idle one is gone', () => {
  const { authentication, pass } = bmc()
  const [used, idle] = [opened(authentication), opened(authentication)]
  for (let n = 0; n < 3; n++) {
    pass(20_000)
    authentication.judge(bySession(used.token))
  }
  expect(authentication.judge(bySession(used.token)).kind).toBe('known')
  expect(authentication.judge(bySession(idle.token)).kind).toBe('refused')
  expect(authentication.sessionsOpen).toBe(1)
})

test('a request without credentials is refused and is no failed login', () => {
  const { authentication, basic } = bmc()
  for (let n = 0; n < 10; n++) {
    expect(authentication.judge({ token: undefined, authorization: undefined })).toMatchObject({ reason: 'missing' })
  }
  expect(basic('root', 'right')).toEqual({ kind: 'known' })
})
