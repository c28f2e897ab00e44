import { expect, test } from 'vitest'
import { actionInfoPath, isResetType, resetFacts, resetTypeFor } from './reset.ts'

const path = '/redfish/v1/Systems/1'
const target = `${path}/Actions/ComputerSystem.Reset`
const system = (action: unknown) => ({ Actions: { '#ComputerSystem.Reset': action } })
const info = {
  Parameters: [{ Name: 'Other' }, { Name: 'ResetType', AllowableValues: ['On', 'ForceOff', 'Explode', 3] }],
}

test('types named by the system win over its ActionInfo', () => {
  const inline = system({ target, 'ResetType@Redfish.AllowableValues': ['On'], '@Redfish.ActionInfo': `${path}/Info` })
  expect(actionInfoPath(inline)).toBeUndefined()
  expect(resetFacts(path, inline, info)).toEqual({ target, types: ['On'] })
})

test('types that Redfish does not know are dropped', () => {
  const byInfo = system({ target, '@Redfish.ActionInfo': `${path}/ResetActionInfo` })
  expect(actionInfoPath(byInfo)).toBe(`${path}/ResetActionInfo`)
  expect(resetFacts(path, byInfo, info)).toEqual({ target, types: ['On', 'ForceOff'] })
})

test('a system without the action, or with a target elsewhere, cannot be reset', () => {
  expect(resetFacts(path, {})).toBeUndefined()
  expect(resetFacts(path, system(null))).toBeUndefined()
  expect(resetFacts(path, system({ target: 'https://10.0.0.1/redfish/v1/x' }))).toBeUndefined()
  expect(resetFacts(path, system({ target: '/admin' }))).toBeUndefined()
  expect(resetFacts(path, system({}))).toEqual({ target, types: [] })
})

test('what is wanted becomes a type that is allowed; a button is never pushed', () => {
  expect(resetTypeFor(['PushPowerButton', 'ForceOn'], 'on')).toBe('ForceOn')
  expect(resetTypeFor(['On', 'ForceOff', 'Off'], 'soft_off')).toBe('Off')
  expect(resetTypeFor(['PushPowerButton', 'PowerCycle'], 'off')).toBeUndefined()
  expect(resetTypeFor([], 'off')).toBe('ForceOff')
})

test('only real reset types count as such', () => {
  expect([isResetType('On'), isResetType('on'), isResetType('constructor'), isResetType(1)]).toEqual([
    true,
    false,
    false,
    false,
  ])
})
