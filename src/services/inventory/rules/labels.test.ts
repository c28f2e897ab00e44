import { expect, test } from 'vitest'
import { NodeRowSchema } from '../../../gen/trivet/rows/v1/inventory_pb.ts'
import { catalog } from '../../../state/catalog.ts'
import { table } from '../../../state/table.ts'
import { given } from '../../../state/testing/given.ts'
import { put } from '../../../state/write.ts'
import { allTables } from '../../testing/all-tables.ts'
import { node } from '../../testing/fixtures.ts'
import { nodes } from '../tables.ts'
import { nodesByLabel } from './labels.ts'

const keysOf = (found: readonly { readonly key: string }[]) => found.map(({ key }) => key)

test('a label finds every node that has it now, and none that had it', () => {
  const state = given(
    allTables,
    node('x1000c0s0b0n0', { serialNumber: 'SN/1' }),
    node('x1000c0s0b0n1', { serialNumber: 'SN/1', assetTag: 'SN2' }),
  )
  expect(keysOf(nodesByLabel(state, 'serialNumber', ' SN/1 '))).toEqual(['node-x1000c0s0b0n0', 'node-x1000c0s0b0n1'])
  expect(keysOf(nodesByLabel(state, 'assetTag', 'SN2'))).toEqual(['node-x1000c0s0b0n1'])
  expect(nodesByLabel(state, 'serialNumber', 'SN2')).toEqual([])
  state.run((read) => [put(nodes, { ...read.get(nodes, 'node-x1000c0s0b0n0')!.value, serialNumber: 'SN3' })], undefined)
  expect(keysOf(nodesByLabel(state, 'serialNumber', 'SN/1'))).toEqual(['node-x1000c0s0b0n1'])
})

test('what an older release took for a label, and indexed, is a filler all the same once it is known as one', () => {
  const older = table({
    name: 'node',
    row: NodeRowSchema,
    key: (row) => row.id,
    buckets: { serialNumber: (row) => `${row.tenant}/${row.serialNumber}` },
  })
  const state = given(catalog([older]), put(older, { id: 'node-1', serialNumber: 'Default string' }), [
    put(older, { id: 'node-2', serialNumber: 'SN2' }),
  ])
  expect(state.count(older, 'serialNumber', '/Default string')).toBe(1)
  expect(nodesByLabel(state, 'serialNumber', 'Default string')).toEqual([])
  expect(keysOf(nodesByLabel(state, 'serialNumber', 'SN2'))).toEqual(['node-2'])
})
