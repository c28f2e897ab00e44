import { expect, test } from 'vitest'
import { VirtualClock } from '../../test/support/virtual-clock.ts'
import { BrokenExpand } from './broken-expand.ts'
import { limits } from './limits.ts'
import { WrongCredentials } from './wrong-credentials.ts'

const credential = { username: 'root', password: 'wrong' }

test('a refused credential is remembered for its time, for its BMC, and for itself alone', () => {
  const clock = new VirtualClock()
  const wrong = new WrongCredentials(clock)
  wrong.remember('10.1.0.1', credential, 401)
  expect(wrong.statusOf('10.1.0.1', credential)).toBe(401)
  expect(wrong.statusOf('10.1.0.2', credential)).toBeUndefined()
  expect(wrong.statusOf('10.1.0.1', { ...credential, password: 'right' })).toBeUndefined()
  expect(wrong.statusOf('10.1.0.1', { username: 'rootw', password: 'rong' })).toBeUndefined()
  clock.advance(limits.wrongCredentialHoldMs)
  expect(wrong.statusOf('10.1.0.1', credential)).toBeUndefined()
})

test('a jump of the wall clock neither ends nor lengthens the hold', () => {
  const clock = new VirtualClock()
  const wrong = new WrongCredentials(clock)
  wrong.remember('10.1.0.1', credential, 401)
  clock.jumpWall(86_400_000)
  expect(wrong.statusOf('10.1.0.1', credential)).toBe(401)
})

test('a credential that worked is forgotten', () => {
  const wrong = new WrongCredentials(new VirtualClock())
  wrong.remember('10.1.0.1', credential, 401)
  wrong.forget('10.1.0.1')
  expect(wrong.statusOf('10.1.0.1', credential)).toBeUndefined()
})

test('beyond the limit the oldest is forgotten, and one that is remembered again is not the oldest', () => {
  const wrong = new WrongCredentials(new VirtualClock())
  for (let bmc = 0; bmc < limits.wrongCredentialsMax; bmc++) wrong.remember(`bmc${bmc}`, credential, 401)
  wrong.remember('bmc0', credential, 403)
  wrong.remember('another', credential, 401)
  expect(wrong.statusOf('bmc0', credential)).toBe(403)
  expect(wrong.statusOf('bmc1', credential)).toBeUndefined()
  expect(wrong.statusOf('bmc2', credential)).toBe(401)
})

test('kinds of firmware with a broken $expand are bounded too, the oldest first', () => {
  const broken = new BrokenExpand()
  for (let kind = 0; kind <= limits.brokenExpandMax; kind++) broken.add(`kind ${kind}`)
  expect([broken.has('kind 0'), broken.has('kind 1'), broken.has(`kind ${limits.brokenExpandMax}`)]).toEqual([
    false,
    true,
    true,
  ])
})
