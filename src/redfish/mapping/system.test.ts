import { expect, test } from 'vitest'
import type { Document } from '../document.ts'
import { systemFacts } from './system.ts'

const factsOf = (document: Document) =>
  systemFacts(
    { system: { path: '/redfish/v1/Systems/1', document }, interfaces: [], bootOptions: [], actionInfo: undefined },
    { nodeOrdinal: 0, pinnedMac: undefined, observedMacs: new Set() },
  )

test('a system says which machine it is, without blanks around it', () => {
  const facts = factsOf({ SerialNumber: 'MT2328XZ185R            ', AssetTag: ' T 1 ' })
  expect(facts).toMatchObject({ serialNumber: 'MT2328XZ185R', assetTag: 'T 1' })
})

test.for([
  {},
  { SerialNumber: null, AssetTag: 7 },
  { SerialNumber: 'To be filled by O.E.M.', AssetTag: '                                ' },
  { SerialNumber: 'Default string', AssetTag: 'No Asset Tag' },
])('a system that fills in something to have it filled in says nothing: %j', (document) => {
  expect(factsOf(document)).toMatchObject({ serialNumber: undefined, assetTag: undefined })
})
