import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TrivetError } from './errors.ts'
import {
  controllerTypes,
  describeXnameType,
  isBeneath,
  parentOf,
  parseXname,
  requireXname,
  xnameType,
} from './xname.ts'

/** The type table of hms-xname v1.4.0, expression by expression; the dot of partitions is meant literally. */
const hmsTable: readonly (readonly [string, RegExp])[] = [
  ['Partition', /^p([0-9]+)(\.([0-9]+))?$/],
  ['System', /^s0$/],
  ['CabinetPDUController', /^x([0-9]{1,4})m([0-3])$/],
  ['CabinetPDU', /^x([0-9]{1,4})m([0-3])p([0-7])$/],
  ['CabinetPDUNic', /^x([0-9]{1,4})m([0-3])i([0-3])$/],
  ['CabinetPDUOutlet', /^x([0-9]{1,4})m([0-3])p([0-7])j([1-9][0-9]*)$/],
  ['CabinetPDUPowerConnector', /^x([0-9]{1,4})m([0-3])p([0-7])v([1-9][0-9]*)$/],
  ['Cabinet', /^x([0-9]{1,4})$/],
  ['Chassis', /^x([0-9]{1,4})c([0-7])$/],
  ['ComputeModule', /^x([0-9]{1,4})c([0-7])s([0-9]+)$/],
  ['StorageGroup', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)n([0-9]+)g([0-9]+)$/],
  ['Drive', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)n([0-9]+)g([0-9]+)k([0-9]+)$/],
  ['NodeBMC', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)$/],
  ['NodeBMCNic', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)i([0-3])$/],
  ['NodeEnclosure', /^x([0-9]{1,4})c([0-7])s([0-9]+)e([0-9]+)$/],
  ['NodeEnclosurePowerSupply', /^x([0-9]{1,4})c([0-7])s([0-9]+)e([0-9]+)t([0-9]+)$/],
  ['NodePowerConnector', /^x([0-9]{1,4})c([0-7])s([0-9]+)[jv]([1-2])$/],
  ['Node', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)n([0-9]+)$/],
  ['VirtualNode', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)n([0-9]+)v([0-9]+)$/],
  ['NodeNic', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)n([0-9]+)i([0-3])$/],
  ['NodeHsnNic', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)n([0-9]+)h([0-3])$/],
  ['NodeAccel', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)n([0-9]+)a([0-9]+)$/],
  ['NodeAccelRiser', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)n([0-9]+)r([0-7])$/],
  ['Memory', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)n([0-9]+)d([0-9]+)$/],
  ['Processor', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)n([0-9]+)p([0-3])$/],
  ['MgmtSwitch', /^x([0-9]{1,4})c([0-7])w([1-9][0-9]*)$/],
  ['MgmtSwitchConnector', /^x([0-9]{1,4})c([0-7])w([1-9][0-9]*)j([1-9][0-9]*)$/],
  ['MgmtHLSwitchEnclosure', /^x([0-9]{1,4})c([0-7])h([1-9][0-9]*)$/],
  ['MgmtHLSwitch', /^x([0-9]{1,4})c([0-7])h([1-9][0-9]*)s([1-9])$/],
  ['CDU', /^d([0-9]+)$/],
  ['CDUMgmtSwitch', /^d([0-9]+)w([0-9]+)$/],
  ['CabinetCDU', /^x([0-9]{1,4})d([0-1])$/],
  ['CEC', /^x([0-9]{1,4})e([0-1])$/],
  ['CabinetBMC', /^x([0-9]{1,4})b([0])$/],
  ['ChassisBMC', /^x([0-9]{1,4})c([0-7])b([0])$/],
  ['ChassisBMCNic', /^x([0-9]{1,4})c([0-7])b([0])i([0-3])$/],
  ['CMMFpga', /^x([0-9]{1,4})c([0-7])f([0])$/],
  ['CMMRectifier', /^x([0-9]{1,4})c([0-7])t([0-9])$/],
  ['NodeFpga', /^x([0-9]{1,4})c([0-7])s([0-9]+)b([0-9]+)f([0])$/],
  ['HSNBoard', /^x([0-9]{1,4})c([0-7])r([0-9]+)e([0-9]+)$/],
  ['RouterModule', /^x([0-9]{1,4})c([0-7])r([0-9]+)$/],
  ['RouterFpga', /^x([0-9]{1,4})c([0-7])r([0-9]+)f([01])$/],
  ['RouterTOR', /^x([0-9]{1,4})c([0-7])r([0-9]+)t([0-9]+)$/],
  ['RouterTORFpga', /^x([0-9]{1,4})c([0-7])r([0-9]+)t([0-9]+)f([0-1])$/],
  ['RouterBMC', /^x([0-9]{1,4})c([0-7])r([0-9]+)b([0-9]+)$/],
  ['RouterBMCNic', /^x([0-9]{1,4})c([0-7])r([0-9]+)b([0-9]+)i([0-3])$/],
  ['RouterPowerConnector', /^x([0-9]{1,4})c([0-7])r([0-9]+)v([1-2])$/],
  ['HSNAsic', /^x([0-9]{1,4})c([0-7])r([0-9]+)a([0-3])$/],
  ['HSNConnector', /^x([0-9]{1,4})c([0-7])r([0-9]+)j([1-9][0-9]*)$/],
  ['HSNConnectorPort', /^x([0-9]{1,4})c([0-7])r([0-9]+)j([1-9][0-9]*)p([012])$/],
  ['HSNLink', /^x([0-9]{1,4})c([0-7])r([0-9]+)a([0-3])l([0-9]+)$/],
  ['HMSTypeAll', /^all$/],
  ['HMSTypeAllSvc', /^all_svc$/],
  ['HMSTypeAllComp', /^all_comp$/],
  ['SMSBox', /^sms([0-9]+)$/],
]

describe('types are those of the HMS table', () => {
  test.for(hmsTable)('%s', ([type, expression]) => {
    fc.assert(
      fc.property(fc.stringMatching(expression), (text) => {
        // Beyond nine digits the table knows no limit, and we do.
        fc.pre(text.split(/[a-z]/).every((digits) => digits.length <= 9))
        expect(xnameType(text)).toBe(type)
      }),
    )
  })

  test('chains of segments at random have the type that the table gives them, or none', () => {
    const segment = fc.tuple(
      fc.constantFrom(...'xcsbnimpjvderwhtfagklz'.split('')),
      fc.constantFrom('0', '1', '3', '4', '7', '8', '12'),
    )
    const chain = fc.array(segment, { maxLength: 4 }).map((segments) => segments.flat().join(''))
    const text = fc.tuple(fc.constantFrom('', 'x1', 'x1c0', 'x1c0s3', 'x1c0s3b0', 'x1c0s3b0n1', 'x1c0r2'), chain)
    fc.assert(
      fc.property(text, (parts) => {
        const xname = parts.join('')
        expect(xnameType(xname)).toBe(hmsTable.find(([, expression]) => expression.test(xname))?.[0])
      }),
      { numRuns: 3000 },
    )
  })
})

test('case, leading zeros and blanks around it do not count', () => {
  expect(parseXname('  X1000C0s0012B00n1\n')).toEqual({ text: 'x1000c0s12b0n1', type: 'Node' })
  expect(parseXname('x0000c0')).toEqual({ text: 'x0c0', type: 'Chassis' })
  expect(parseXname('p01.002').text).toBe('p1.2')
})

test.for([
  ['x1000c9s0b0n0', '"x1000c9s0b0n0" is not an xname: chassis 9 is out of range 0–7'],
  ['x10000c0', 'cabinet 10000 is out of range 0–9999'],
  ['x1c0b1', 'chassis BMC 1 is out of range; only 0 is possible'],
  ['x1c0w0', 'management switch 0 is out of range 1–'],
  ['x1c0s1b1n1z0', 'z cannot stand behind a node; possible are v (virtual node), i (NIC)'],
  ['x1c0s1b1n1i0i0', 'nothing stands behind a NIC'],
  ['node-7', '"node-7" does not begin with a letter and a number'],
  ['n1', 'n cannot stand at the beginning; possible are x (cabinet), d (CDU)'],
  ['x1c0s', '"s" does not begin with a letter and a number'],
  ['p1x2', 'p cannot stand at the beginning'],
  ['', 'it is empty'],
  ['x'.repeat(200), 'it has more than 80 characters'],
])('%s: %s', ([text, message]) => {
  expect(() => parseXname(text!)).toThrow(message!)
  expect(xnameType(text!)).toBeUndefined()
})

test('a BMC where a node is expected is called what it is', () => {
  expect(() => requireXname('x1000c0s0b0', ['Node'])).toThrow('x1000c0s0b0 is a BMC (NodeBMC) where a node is expected')
  expect(requireXname('X1000c0s0b0', controllerTypes).text).toBe('x1000c0s0b0')
})

test.for([
  ['x1000c0s0b0n3', 'x1000c0s0b0'],
  ['x1000c0s12b0', 'x1000c0s12'],
  ['x1000', 's0'],
  ['d3', 's0'],
  ['s0', undefined],
  ['p1.2', undefined],
  ['all', undefined],
])('the parent of %s is %s', ([xname, parent]) => {
  expect(parentOf(xname!)).toBe(parent)
})

test('what is beneath a place is told from what only begins alike', () => {
  expect(isBeneath({ xname: 'x1c0s1b0n0', ancestor: 'x1c0s1b0' })).toBe(true)
  expect(isBeneath({ xname: 'x1c0s1b0n0', ancestor: 'x1' })).toBe(true)
  expect(isBeneath({ xname: 'x1c0s12', ancestor: 'x1c0s1' })).toBe(false)
  expect(isBeneath({ xname: 'x1c0s1', ancestor: 'x1c0s1' })).toBe(false)
  expect(isBeneath({ xname: 'x1c0s1', ancestor: 's0' })).toBe(true)
  expect(isBeneath({ xname: 's0', ancestor: 's0' })).toBe(false)
})

test('types are described by what people call them', () => {
  expect(describeXnameType('NodeBMC')).toBe('BMC (NodeBMC)')
  expect(describeXnameType('Chassis')).toBe('chassis')
  expect(describeXnameType('Partition')).toBe('partition')
})

test('no text makes it throw anything but an error of the catalogue', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
      try {
        parseXname(text)
      } catch (error) {
        expect(error).toBeInstanceOf(TrivetError)
      }
    }),
  )
})
