import { expect, test } from 'vitest'
import type { Exploration } from './facts.ts'
import { genericProfile, profileNamed, profileOf } from './quirks.ts'

function explored(signs: {
  readonly vendor?: string
  readonly product?: string
  readonly model?: string
  readonly firmware?: string
  readonly system?: string
}): Pick<Exploration, 'service' | 'bmc' | 'systems'> {
  return {
    service: { redfishVersion: undefined, vendor: signs.vendor, product: signs.product, uuid: undefined },
    bmc: {
      path: '/redfish/v1/Managers/1',
      id: '1',
      managerType: 'BMC',
      model: signs.model,
      firmwareVersion: signs.firmware,
      uuid: undefined,
      manages: [],
      mac: undefined,
      interfaces: [],
    },
    systems: [],
  }
}

test.for([
  [{ vendor: 'Dell', model: '17G Monolithic' }, 'idrac-17g'],
  [{ vendor: 'Dell', model: '16G Monolithic' }, 'idrac'],
  [{ model: '13G Monolithic' }, 'idrac'],
  [{ vendor: 'HPE', model: 'iLO 4' }, 'ilo-before-7'],
  [{ vendor: 'HPE', model: 'iLO 6' }, 'ilo-before-7'],
  [{ vendor: 'HPE', model: 'iLO 7' }, 'ilo'],
  [{ vendor: 'HPE', model: 'iLO 10' }, 'ilo'],
  [{ product: 'AMI Redfish Server', firmware: '12.84.13' }, 'megarac-before-13'],
  [{ product: 'AMI Redfish Server', firmware: '13.1' }, 'megarac'],
  [{ vendor: 'Lenovo', model: 'Lenovo XClarity Controller' }, 'xcc'],
  [{ vendor: 'NVIDIA', model: 'OpenBmc' }, 'openbmc'],
  [{ vendor: 'Contoso' }, 'generic'],
  [{}, 'generic'],
] as const)('%j is of the kind %s', ([signs, name]) => {
  expect(profileOf(explored(signs)).name).toBe(name)
})

test('a name that this release does not know is generic, and generic is the slowest of all', () => {
  expect(profileNamed('ilo-99')).toBe(genericProfile)
  expect(profileNamed('')).toBe(genericProfile)
  for (const name of ['idrac', 'idrac-17g', 'ilo', 'cray-ex', 'openbmc', 'xcc', 'supermicro', 'megarac']) {
    expect(profileNamed(name).name).toBe(name)
    expect(profileNamed(name).settleMs).toBeLessThanOrEqual(genericProfile.settleMs)
  }
})
