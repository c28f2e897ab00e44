import { compareNatural } from '../../lib/natural-order.ts'
import type { BootNicChoice, BootNicReason, BootOptionFacts, InterfaceFacts } from '../facts.ts'
import { isHostUsb } from './boot-option.ts'

/** What is known about where a node may boot from. */
export interface BootNicEvidence {
  readonly interfaces: readonly InterfaceFacts[]
  readonly bootOrder: readonly string[]
  readonly bootOptions: readonly BootOptionFacts[]
  /** Set by an operator. */
  readonly pinned: string | undefined
  /** MACs that have asked for an address or a script, of any node. */
  readonly observed: ReadonlySet<string>
}

/**
 * Chooses the MAC that a node boots from: an operator's word, then the firmware's boot order, then the vendor's
 * naming, then what was seen, then guesses. Every candidate is kept, so that a person can see what else was possible.
 */
export function chooseBootNic(evidence: BootNicEvidence): BootNicChoice | undefined {
  const ranked = rankedMacs(evidence)
  const best = ranked[0]
  if (best === undefined) return undefined
  return {
    mac: best.mac,
    interfaceId: evidence.interfaces.find((one) => one.mac === best.mac)?.id,
    reason: best.reason,
    candidates: [...new Set(ranked.map((candidate) => candidate.mac))],
  }
}

interface Candidate {
  readonly mac: string
  readonly reason: BootNicReason
}

function rankedMacs(evidence: BootNicEvidence): Candidate[] {
  const usable = evidence.interfaces.filter((one) => !leadsToBmc(one))
  const guesses = usable.toSorted(byMac)
  return [
    ...candidates('operator_pin', [evidence.pinned]),
    ...candidates('boot_order', macsInBootOrder(evidence, usable)),
    ...candidates('management_ethernet', usable.filter((one) => one.id === 'ManagementEthernet').map(macOf)),
    ...candidates(
      'dhcp_observed',
      guesses.map(macOf).filter((mac) => mac !== undefined && evidence.observed.has(mac)),
    ),
    ...candidates(
      'link_up_lowest_path',
      usable
        .filter((one) => one.link === 'up')
        .toSorted(byPath)
        .map(macOf),
    ),
    ...candidates('lowest_mac', guesses.map(macOf)),
  ]
}

function candidates(reason: BootNicReason, macs: readonly (string | undefined)[]): Candidate[] {
  return macs.filter((mac) => mac !== undefined).map((mac) => ({ mac, reason }))
}

function macsInBootOrder(evidence: BootNicEvidence, usable: readonly InterfaceFacts[]): (string | undefined)[] {
  const options = new Map(evidence.bootOptions.map((option) => [option.reference.toLowerCase(), option]))
  return evidence.bootOrder.map((reference) => {
    const option = options.get(reference.toLowerCase())
    if (option === undefined || !option.enabled || isHostUsb(option)) return undefined
    return option.mac ?? usable.find((one) => one.id === namedInterface(option, usable))?.mac
  })
}

/**
 * Dell names interfaces instead of MACs: `PXE Device 1: Integrated NIC 1 Port 1 Partition 1` is
 * `NIC.Integrated.1-1-1`, and `HTTP Device 1: NIC in Slot 5 Port 1` is `NIC.Slot.5-1` or `NIC.Slot.5-1-1`.
 */
function namedInterface(option: BootOptionFacts, usable: readonly InterfaceFacts[]): string | undefined {
  const name = option.displayName ?? ''
  const match =
    /(?<kind>Integrated|Embedded) NIC (?<place>\d+) Port (?<port>\d+)(?: Partition (?<part>\d+))?/i.exec(name) ??
    /NIC in (?<kind>Slot) (?<place>\d+) Port (?<port>\d+)(?: Partition (?<part>\d+))?/i.exec(name)
  if (match?.groups === undefined) return undefined
  const { kind, place, port, part } = match.groups
  const stem = `nic.${kind}.${place}-${port}`.toLowerCase()
  const wanted = [`${stem}-${part ?? '1'}`, stem]
  return usable.find((one) => wanted.includes(one.id.toLowerCase()))?.id
}

/** The USB link of the host to its BMC, which XCC and Supermicro list among the system's interfaces. */
function leadsToBmc(one: InterfaceFacts): boolean {
  return /^tomanager/i.test(one.id)
}

/** Addresses that a vendor assigned come first: the others are virtual, or links to the BMC under another name. */
function byMac(left: InterfaceFacts, right: InterfaceFacts): number {
  if (left.locallyAdministered !== right.locallyAdministered) return left.locallyAdministered ? 1 : -1
  return compareNatural(left.mac ?? '', right.mac ?? '')
}

function byPath(left: InterfaceFacts, right: InterfaceFacts): number {
  if (left.locallyAdministered !== right.locallyAdministered) return byMac(left, right)
  const [leftPath, rightPath] = [left.uefiDevicePath, right.uefiDevicePath]
  if (leftPath === undefined || rightPath === undefined) {
    if (leftPath !== rightPath) return leftPath === undefined ? 1 : -1
    return byMac(left, right)
  }
  return compareNatural(leftPath, rightPath) || byMac(left, right)
}

function macOf(one: InterfaceFacts): string | undefined {
  return one.mac
}
