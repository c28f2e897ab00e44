import fc from 'fast-check'
import { expect, test } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { ImportBmcsRequestSchema } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import type { GivenState } from '../../../state/testing/given.ts'
import { given } from '../../../state/testing/given.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bmc } from '../../testing/fixtures.ts'
import { asked, refusalOf } from '../../testing/request.ts'
import { importAnswer } from '../answers/import.ts'
import { bmcs } from '../tables.ts'
import { importBmcs } from './import-bmcs.ts'

const importing = (state: GivenState) => asked(state, ImportBmcsRequestSchema, importBmcs)

test('a file is imported as a whole, and again without any change', () => {
  const state = given(allTables)
  const request = create(ImportBmcsRequestSchema, {
    bmcs: [
      { xname: 'x1000c0s10b0', address: '10.1.0.10' },
      { xname: 'x1000c0s2b0', address: '10.1.0.2', description: 'rack 1' },
    ],
  })
  const first = importAnswer(state, importing(state).run(request), request)
  expect(first).toMatchObject({ created: 2, unchanged: 0, bmcs: [{ xname: 'x1000c0s2b0' }, { xname: 'x1000c0s10b0' }] })
  const etags = state.rows(bmcs).map((stored) => state.etag(stored))
  const again = importAnswer(state, importing(state).run(request), request)
  expect(again).toMatchObject({ created: 0, unchanged: 2 })
  expect(state.rows(bmcs).map((stored) => state.etag(stored))).toEqual(etags)
})

test('a BMC whose host name is its xname is imported like any other', () => {
  const state = given(allTables)
  importing(state).run({ bmcs: [{ xname: 'x1000c0s0b0', address: 'x1000c0s0b0' }] })
  expect(state.only(bmcs).value).toMatchObject({ xname: 'x1000c0s0b0', address: 'x1000c0s0b0' })
})

test('one wrong line of forty refuses the file, and says which and why', () => {
  const lines = Array.from({ length: 40 }, (_, at) => ({ xname: `x1000c0s${at}b0`, address: `10.1.0.${at + 1}` }))
  const state = given(allTables)
  lines[17] = { xname: 'x1000c0s3b0', address: '10.1.0.18' }
  const error = importing(state).refusal({ bmcs: lines })
  expect(error.code).toBe('IMPORT_REFUSED')
  expect(error.message).toBe('0 of 40 imported: bmcs[17]: xname x1000c0s3b0 stands in bmcs[3] already')
  expect(error.violations).toMatchObject([{ field: 'bmcs[17].xname' }])
  expect(state.size(bmcs)).toBe(0)
})

test.each([
  [
    'an address that stands there twice',
    { xname: 'x1000c0s1b0', address: 'A.example:443' },
    'address',
    'address a.example stands in bmcs[0] already',
  ],
  ['an address of another BMC', { xname: 'x1000c0s1b0', address: '10.1.0.99' }, 'address', 'taken by x1000c0s99b0'],
  [
    'another address of a BMC that is there',
    { xname: 'x1000c0s99b0', address: '10.1.0.98' },
    'xname',
    'is taken by bmc-x1000c0s99b0',
  ],
  [
    'a URL',
    { xname: 'x1000c0s1b0', address: 'https://h/redfish/v1' },
    'address',
    'it is a URL; give host[:port] only, for example h',
  ],
  ['a node', { xname: 'x1000c0s1b0n0', address: 'b' }, 'xname', 'where a BMC (NodeBMC) is expected'],
  ['nothing', { xname: '', address: '' }, 'xname', 'is not an xname: it is empty'],
])('%s is refused, and what is wrong of the line is named', (_what, line, field, text) => {
  const state = given(allTables, bmc('x1000c0s99b0', { address: '10.1.0.99' }))
  const error = importing(state).refusal({ bmcs: [{ xname: 'x1000c0s0b0', address: 'a.example' }, line] })
  expect(error.message).toContain('0 of 2 imported: bmcs[1]: ')
  expect(error.message).toContain(text)
  expect(error.violations).toEqual([{ field: `bmcs[1].${field}`, description: expect.stringContaining(text) }])
})

test('a refusal names the first twenty wrong lines and counts the rest', () => {
  const error = importing(given(allTables)).refusal({
    bmcs: Array.from({ length: 30 }, () => ({ xname: 'a', address: 'b' })),
  })
  expect(error.violations).toHaveLength(20)
  expect(error.message).toContain('(and 29 more)')
})

test('all lines are imported or none, whatever the lines are', () => {
  const part = fc.constantFrom(
    'x1000c0s0b0',
    'x1000c0s1b0',
    'X1000C0S1B0',
    'x1000c0s2b0',
    'x1000c9s2b0',
    'nonsense',
    '',
  )
  const address = fc.constantFrom('10.1.0.1', '10.1.0.2', '10.1.0.2:443', 'x1000c0s0b0', 'http://h', '10.1.0.99', '')
  fc.assert(
    fc.property(fc.array(fc.record({ xname: part, address }), { minLength: 1, maxLength: 6 }), (lines) => {
      const state = given(allTables, bmc('x1000c0s2b0', { address: '10.1.0.99' }))
      const before = state.rows(bmcs).map(({ key }) => key)
      try {
        importing(state).run({ bmcs: lines })
      } catch {
        expect(refusalOf(() => importing(state).run({ bmcs: lines })).code).toBe('IMPORT_REFUSED')
        expect(state.rows(bmcs).map(({ key }) => key)).toEqual(before)
        return
      }
      const xnames = new Set(state.rows(bmcs).map(({ value }) => value.xname))
      for (const { xname } of lines) expect(xnames).toContain(xname.toLowerCase())
      expect(state.size(bmcs)).toBe(new Set([...lines.map(({ xname }) => xname.toLowerCase()), 'x1000c0s2b0']).size)
    }),
  )
})
