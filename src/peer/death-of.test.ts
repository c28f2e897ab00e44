import { expect, test } from 'vitest'
import { UnknownStateVersionError } from '../state/pure/state-version.ts'
import { deathOf } from './death-of.ts'

test('a peer that is older than what the cluster uses says what to do about it', () => {
  const [code, reason] = deathOf(new UnknownStateVersionError({ index: 7, found: 2, known: 1 }))
  expect(code).toBe('state_version_unknown')
  expect(reason).toMatch(/^from entry 7 on the cluster uses state version 2, .* release knows 1: .*; start the release/)
  expect(reason).not.toContain('\n')
})

test('anything else is a defect, with its trace', () => {
  expect(deathOf(new TypeError('x'))).toEqual(['defect', expect.stringMatching(/^TypeError: x\n +at /)])
  expect(deathOf('y')).toEqual(['defect', 'y'])
})
