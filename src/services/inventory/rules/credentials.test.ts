import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  DeleteCredentialRequestSchema,
  SetCredentialRequestSchema,
} from '../../../gen/trivet/inventory/v1/credentials_pb.ts'
import type { GivenState } from '../../../state/testing/given.ts'
import { given } from '../../../state/testing/given.ts'
import { Sealer } from '../../kernel/seal.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bmc } from '../../testing/fixtures.ts'
import { asked, refusalOf } from '../../testing/request.ts'
import { bmcTargets } from '../bmc-target.ts'
import { sealPassword } from '../seal-password.ts'
import { bmcFacts, credentials } from '../tables.ts'
import { credentialFor, deleteCredential, setCredential } from './credentials.ts'

const sealer = new Sealer(new Uint8Array(32).fill(7))
const deleting = (state: GivenState) => asked(state, DeleteCredentialRequestSchema, deleteCredential)

/** Sets a credential as the peer does that takes the request: sealed before anything else. */
function set(state: GivenState, request: { pattern: string; username?: string; password?: string }) {
  const full = { username: 'root', password: 'initial0', ...request }
  return state.run(setCredential, sealPassword(sealer, create(SetCredentialRequestSchema, full)))
}

test('the pattern that names a BMC wins over the standard, in whatever order they were set', () => {
  for (const patterns of [
    ['*', 'x1000c0s[0-3]b0'],
    ['x1000c0s[0-3]b0', '*'],
  ]) {
    const state = given(allTables)
    for (const pattern of patterns) set(state, { pattern })
    expect(credentialFor(state, 'x1000c0s2b0')?.value.pattern).toBe('x1000c0s[0-3]b0')
    expect(credentialFor(state, 'x1000c0s4b0')?.value.pattern).toBe('*')
  }
  expect(credentialFor(given(allTables), 'x1000c0s2b0')).toBeUndefined()
})

test('a pattern names BMCs by their canonical xnames, however it was written', () => {
  const state = given(allTables)
  set(state, { pattern: ' X1000c0s[00-03]b0 ' })
  expect(credentialFor(state, 'x1000c0s2b0')?.value.pattern).toBe('x1000c0s[0-3]b0')
})

test('two patterns that name the same BMCs are one, and the later password replaces the earlier one', () => {
  const state = given(allTables, bmc('x1000c0s0b0'))
  const first = set(state, { pattern: 'x1000c0s0b0,x1000c0s1b0', password: 'old' })
  const second = set(state, { pattern: 'x1000c0s[0-1]b0', password: 'new', username: 'admin' })
  expect(second.name).toBe(first.name)
  const target = bmcTargets(sealer)(state, 'bmc-x1000c0s0b0')
  expect(target.credential).toEqual({ username: 'admin', password: 'new' })
})

test.each([
  ['a node', 'x1000c0s0b0n0', 'where a BMC (NodeBMC) is expected'],
  ['a group', '@compute', 'groups are not known here'],
  ['half a bracket', 'x1000c0s[0-', 'not valid at position'],
  ['no BMC at all', 'x1000c0s0b0!x1000c0s0b0', 'it names no BMC at all'],
  ['too many BMCs', 'x[1-200]c[0-7]s[0-63]b0', 'nothing was expanded'],
])('a pattern that names %s is refused before the password is sealed', (_what, pattern, text) => {
  const error = refusalOf(() => set(given(allTables), { pattern }))
  expect(error.code).toBe('CREDENTIAL_PATTERN_INVALID')
  expect(error.message).toContain(text)
})

test('a BMC is named by one pattern only', () => {
  const state = given(allTables)
  set(state, { pattern: 'x1000c0s[0-3]b0' })
  const error = refusalOf(() => set(state, { pattern: 'x1000c0s[3-5]b0' }))
  expect(error.message).toContain('x1000c0s3b0 is named by the pattern x1000c0s[0-3]b0 already')
  set(state, { pattern: 'x1000c0s[4-5]b0' })
  expect(state.size(credentials)).toBe(2)
})

test('the password stands nowhere in the row, and opens only for this row', () => {
  const state = given(allTables)
  set(state, { pattern: '*', password: 'correct horse' })
  const { key, value } = state.only(credentials)
  expect(Buffer.from(value.password!.ciphertext).toString('latin1')).not.toContain('horse')
  const place = { table: 'credential', key, field: 'password' }
  expect(sealer.open(place, value.password!)).toBe('correct horse')
  for (const moved of [
    { ...place, key: 'cred-2' },
    { ...place, table: 'node' },
    { ...place, field: 'username' },
  ]) {
    expect(refusalOf(() => sealer.open(moved, value.password!)).code).toBe('SEAL_BROKEN')
  }
})

test('a password that comes unsealed to the rule is a defect, never a row', () => {
  const state = given(allTables)
  const request = create(SetCredentialRequestSchema, { pattern: '*', username: 'root', password: 'clear' })
  expect(() => state.run(setCredential, request)).toThrow('unsealed')
  expect(state.size(credentials)).toBe(0)
})

test('a credential is deleted by id or by pattern, in any spelling of it', () => {
  const state = given(allTables)
  const { name } = set(state, { pattern: 'x1000c0s[0-1]b0' })
  expect(deleting(state).refusal({ credential: 'x1000c0s0b0' }).code).toBe('CREDENTIAL_NOT_FOUND')
  expect(deleting(state).refusal({ credential: 'cred-00000000000000000000000000' }).code).toBe('CREDENTIAL_NOT_FOUND')
  expect(deleting(state).refusal({ credential: name, etag: 'given-7' }).code).toBe('ETAG_MISMATCH')
  deleting(state).run({ credential: 'x1000c0s1b0,X1000c0s0b0' })
  expect(state.size(credentials)).toBe(0)
  set(state, { pattern: '*' })
  deleting(state).run({ credential: '*' })
})

test('a BMC is talked to at its address, with the key that was pinned, if any was', () => {
  const state = given(allTables, bmc('x1000c0s0b0', { address: '10.1.0.1', pin: 'AAAA' }), bmc('x1000c0s1b0'))
  expect(refusalOf(() => bmcTargets(sealer)(state, 'bmc-x1000c0s0b0')).code).toBe('CREDENTIAL_MISSING')
  set(state, { pattern: '*' })
  expect(bmcTargets(sealer)(state, 'bmc-x1000c0s0b0')).toMatchObject({ address: '10.1.0.1', tls: { pin: 'AAAA' } })
  expect(bmcTargets(sealer)(state, 'bmc-x1000c0s1b0').tls).toBe('first_use')
  expect(refusalOf(() => bmcTargets(sealer)(state, 'bmc-x1000c0s9b0')).code).toBe('BMC_NOT_FOUND')
  const stranger = new Sealer(new Uint8Array(32).fill(8))
  expect(refusalOf(() => bmcTargets(stranger)(state, 'bmc-x1000c0s0b0')).code).toBe('SEAL_BROKEN')
  expect(state.size(bmcFacts)).toBe(1)
})
