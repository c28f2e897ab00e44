import { create } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UpdateNodeRequestSchema } from '../../gen/trivet/inventory/v1/nodes_pb.ts'
import { refusalOf } from '../testing/request.ts'
import { maskedFields } from './update-mask.ts'

const changeable = ['xname', 'nid', 'hostname', 'role', 'arch'] as const
const given = { xname: 'x1', nid: 0, hostname: 'a', role: 1, arch: 'b' }
const fields = (request: object, mask?: readonly string[]) =>
  maskedFields(UpdateNodeRequestSchema, create(UpdateNodeRequestSchema, request), { mask, changeable })

test('without a mask the fields change that are given, zero only where it can be told from nothing', () => {
  fc.assert(
    fc.property(fc.subarray([...changeable]), (names) => {
      const request = Object.fromEntries(names.map((name) => [name, given[name]]))
      for (const mask of [undefined, []]) expect([...fields(request, mask)].sort()).toEqual([...names].sort())
    }),
  )
  expect([...fields({ node: 'a', etag: 'b', hostname: '' })]).toEqual([])
})

test('with a mask those fields change and no others, given or not', () => {
  fc.assert(
    fc.property(fc.subarray([...changeable], { minLength: 1 }), fc.subarray([...changeable]), (mask, names) => {
      const request = Object.fromEntries(names.map((name) => [name, given[name]]))
      expect(fields(request, [...mask, mask[0]!])).toEqual(new Set(mask))
    }),
  )
})

test('a mask that names anything else is refused with what it may name', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      fc.pre(!changeable.includes(name as (typeof changeable)[number]))
      const error = refusalOf(() => fields({}, ['nid', name]))
      expect(error.code).toBe('INVALID_REQUEST')
      expect(error.violations).toEqual([{ field: 'update_mask', description: `may name ${changeable.join(', ')}` }])
    }),
  )
})

test('a field that the message does not have is a defect', () => {
  const changing = { mask: undefined, changeable: ['colour'] }
  expect(() => maskedFields(UpdateNodeRequestSchema, create(UpdateNodeRequestSchema), changing)).toThrow(
    'no field colour',
  )
})
