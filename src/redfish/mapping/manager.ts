import { compareNatural } from '../../lib/natural-order.ts'
import { fieldOf, listOf, nameOf, textOf, uuidOf } from '../document.ts'
import type { InterfaceFacts, ManagerFacts } from '../facts.ts'
import { limits } from '../limits.ts'
import { linkedPath, pathKey, resourcePath } from '../link.ts'
import { interfaceFacts } from './interface.ts'
import { idOf, type Resource } from './resource.ts'

/** Maps one Manager, with its interfaces where they were read. */
export function managerFacts(manager: Resource, interfaces: readonly Resource[], bmcHost: string): ManagerFacts {
  const document = manager.document
  const mapped = interfaces.map(interfaceFacts)
  return {
    path: manager.path,
    id: idOf(manager),
    managerType: textOf(document['ManagerType']),
    model: nameOf(document['Model']),
    firmwareVersion: nameOf(document['FirmwareVersion']),
    uuid: uuidOf(document['UUID']),
    manages: managedPaths(manager),
    mac: ownMac(mapped, bmcHost),
    interfaces: mapped,
  }
}

/**
 * The manager that is the BMC itself, among auxiliary controllers (Cray EX has up to six) and baseboard managers
 * (NVIDIA HGX): it manages the first node, else calls itself a BMC, else manages an enclosure.
 */
export function principalManager(managers: readonly Resource[], firstNode: string | undefined): Resource | undefined {
  const rank = (manager: Resource): number => {
    const managesNode =
      firstNode !== undefined && managedPaths(manager).some((path) => pathKey(path) === pathKey(firstNode))
    const type = textOf(manager.document['ManagerType'])
    const typeRank = type === 'BMC' ? 0 : type === 'EnclosureManager' ? 1 : type === 'ManagementController' ? 2 : 3
    return (managesNode ? 0 : 10) + typeRank
  }
  return managers.toSorted((left, right) => rank(left) - rank(right) || compareNatural(idOf(left), idOf(right)))[0]
}

function managedPaths(manager: Resource): readonly string[] {
  return listOf(fieldOf(manager.document, 'Links', 'ManagerForServers'))
    .slice(0, limits.membersMax)
    .map(linkedPath)
    .filter((path) => path !== undefined)
    .map(resourcePath)
    .toSorted(compareNatural)
}

/** Prefers the interface with the address that we talk to, then links that are up, then MACs that a vendor assigned. */
function ownMac(interfaces: readonly InterfaceFacts[], bmcHost: string): string | undefined {
  const rank = (one: InterfaceFacts): number =>
    (one.ipv4 === bmcHost ? 0 : 8) + (one.locallyAdministered ? 4 : 0) + (one.link === 'up' ? 0 : 2)
  return interfaces
    .filter((one) => one.mac !== undefined && !leadsToHost(one))
    .toSorted((left, right) => rank(left) - rank(right) || compareNatural(left.id, right.id))[0]?.mac
}

function leadsToHost(one: InterfaceFacts): boolean {
  return /^(tohost|usb|hostusb|hmcusb|tmfifo)/i.test(one.id)
}
