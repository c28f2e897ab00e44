import { describe, expect, test } from 'vitest'
import {
  CreateBmcRequestSchema,
  DeleteBmcRequestSchema,
  UpdateBmcRequestSchema,
} from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import type { GivenState } from '../../../state/testing/given.ts'
import { given } from '../../../state/testing/given.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bmc, node } from '../../testing/fixtures.ts'
import { asked } from '../../testing/request.ts'
import { bmcFacts, bmcs } from '../tables.ts'
import { createBmc } from './create-bmc.ts'
import { deleteBmc } from './delete-bmc.ts'
import { updateBmc } from './update-bmc.ts'

const taken = bmc('x1000c0s0b0', { address: '10.1.0.1', profile: 'ilo', pin: 'AAAA' })
const creating = (state: GivenState) => asked(state, CreateBmcRequestSchema, createBmc)
const updating = (state: GivenState) => asked(state, UpdateBmcRequestSchema, updateBmc)
const deleting = (state: GivenState) => asked(state, DeleteBmcRequestSchema, deleteBmc)

describe('creating a BMC', () => {
  test('keeps xname and address in canonical form', () => {
    const state = given(allTables)
    creating(state).run({ xname: 'X1000c0s0b00', address: 'BMC1.Example:443', description: 'rack 1' })
    expect(state.only(bmcs).value).toMatchObject({
      xname: 'x1000c0s0b0',
      address: 'bmc1.example',
      description: 'rack 1',
    })
  })

  test.each([
    ['XNAME_IN_USE', { xname: 'x1000c0s0b0', address: 'a' }, 'taken by bmc-x1000c0s0b0'],
    ['XNAME_WRONG_TYPE', { xname: 'x1000c0s0b0n0', address: 'a' }, 'where a BMC (NodeBMC) is expected'],
    ['BMC_ADDRESS_IN_USE', { xname: 'x1000c0s1b0', address: '10.1.0.1:443' }, 'taken by x1000c0s0b0, since revision 1'],
    [
      'BMC_ADDRESS_INVALID',
      { xname: 'x1000c0s1b0', address: 'https://h/redfish/v1' },
      'give host[:port] only, for example h',
    ],
  ])('is refused with %s, and nothing of it remains', (code, request, text) => {
    const state = given(allTables, taken)
    const error = creating(state).refusal(request)
    expect(error.code).toBe(code)
    expect(`${error.message}; ${error.remedy}`).toContain(text)
    expect(state.revision).toBe(1)
  })
})

describe('updating a BMC', () => {
  test('with another address forgets the public key that was pinned', () => {
    const state = given(allTables, taken)
    updating(state).run({ bmc: '10.1.0.1', address: '10.1.0.2' })
    expect(state.only(bmcs).value.address).toBe('10.1.0.2')
    expect(state.only(bmcFacts).value).toMatchObject({ tlsPin: '', profile: 'ilo' })
  })

  test('with its own address forgets the key, too: that is how a renewed certificate is accepted', () => {
    const state = given(allTables, taken)
    updating(state).run({ bmc: 'x1000c0s0b0', address: '10.1.0.1' })
    expect(state.only(bmcFacts).value.tlsPin).toBe('')
  })

  test('in its description leaves the key alone', () => {
    const state = given(allTables, taken)
    updating(state).run({ bmc: 'x1000c0s0b0', description: 'rack 2' })
    expect(state.only(bmcFacts).value.tlsPin).toBe('AAAA')
    expect(updating(state).run({ bmc: 'x1000c0s0b0' }).name).toBe('bmc-x1000c0s0b0')
  })

  test.each([
    ['BMC_NOT_FOUND', { bmc: 'x1000c0s7b0', description: 'a' }],
    ['ETAG_MISMATCH', { bmc: 'x1000c0s0b0', etag: 'given-9', description: 'a' }],
    ['BMC_ADDRESS_IN_USE', { bmc: 'x1000c0s0b0', address: '10.1.0.9' }],
    ['BMC_ADDRESS_INVALID', { bmc: 'x1000c0s0b0', updateMask: { paths: ['address'] } }],
    ['INVALID_REQUEST', { bmc: 'x1000c0s0b0', updateMask: { paths: ['xname'] } }],
  ])('is refused with %s', (code, request) => {
    const state = given(allTables, taken, bmc('x1000c0s9b0', { address: '10.1.0.9' }))
    expect(updating(state).refusal(request).code).toBe(code)
    expect(state.revision).toBe(1)
  })
})

describe('deleting a BMC', () => {
  test('takes what is known about it along', () => {
    const state = given(allTables, taken)
    deleting(state).run({ bmc: 'x1000c0s0b0' })
    expect(state.size(bmcs)).toBe(0)
    expect(state.size(bmcFacts)).toBe(0)
  })

  test('is refused while nodes belong to it, and the error names them', () => {
    const nodes = [node('x1000c0s0b0n0', { path: '/1' }), node('x1000c0s0b0n1', { path: '/2' })]
    const error = deleting(given(allTables, taken, nodes)).refusal({ bmc: 'x1000c0s0b0' })
    expect(error.message).toBe('BMC x1000c0s0b0 has nodes x1000c0s0b0n[0-1]')
    expect(deleting(given(allTables, taken)).refusal({ bmc: 'x1000c0s0b0', etag: 'no' }).code).toBe('ETAG_MISMATCH')
  })
})
