import type { Exploration } from './facts.ts'

/**
 * How one kind of BMC behaves over time, as data. A BMC row keeps the name; `profileNamed` finds it again.
 */
export interface BmcProfile {
  /** Stable: stored in rows. */
  readonly name: string
  /** How long after a command the reported power state may still be the old one. Nothing is concluded before. */
  readonly settleMs: number
  /** Pause between two reads of the power state while it is expected to change: starts at `from`, grows to `to`. */
  readonly powerPollMs: { readonly from: number; readonly to: number }
  /** Refusals of a reset that pass by themselves. */
  readonly retryable: readonly RetryableRefusal[]
  /**
   * False: a reset gets a connection of its own, because the BMC may reset one that is used again. Reads are simply
   * repeated once.
   */
  readonly keepAlive: boolean
  /** Connections at once, 1 or 2. */
  readonly connections: 1 | 2
}

/** A refusal after which the same command may work. */
export interface RetryableRefusal {
  readonly httpStatus: number
  /** Last part of the MessageId; any when absent. */
  readonly messageId?: string
  /** Pause before the next try. */
  readonly afterMs: number
}

/** Nothing is known: waits as long as the slowest known BMC needs (several report a power state up to 30 s old). */
export const genericProfile: BmcProfile = {
  name: 'generic',
  settleMs: 35_000,
  powerPollMs: { from: 1_000, to: 5_000 },
  retryable: [],
  keepAlive: true,
  connections: 2,
}

/**
 * For BMCs that are not known to show old states. It has to cover a whole change of power by itself: a new leader
 * counts from its own first look, a fraction of a second after the command of its predecessor at worst. Changes take
 * up to 8 s, and a BMC that reports the end 3 s late still shows the old state at 11 s; the rest is for a command that
 * was on its way. MAAS waits up to 12 s between two looks, Ironic 60 s in all. 10 s would be a second command too early.
 */
const settleMs = 15_000

const idracNotReady: RetryableRefusal[] = [
  // Lifecycle controller busy, iDRAC 5.x and later: gaps of about 20 s.
  { httpStatus: 503, messageId: 'SYS518', afterMs: 3_000 },
  { httpStatus: 400, messageId: 'SYS518', afterMs: 3_000 },
]

const iloInPost: RetryableRefusal[] = [
  { httpStatus: 400, messageId: 'UnableToModifyDuringSystemPOST', afterMs: 5_000 },
  { httpStatus: 400, messageId: 'InvalidOperationForSystemState', afterMs: 5_000 },
]

/** Facts that tell kinds of BMC apart, as `profileOf` takes them from an exploration. */
interface Signs {
  readonly vendor: string
  readonly product: string
  readonly manager: string
  readonly firmware: string
  readonly system: string
}

interface ProfileRule {
  readonly profile: BmcProfile
  /** Every sign that is given must match. */
  readonly match: { readonly [Sign in keyof Signs]?: RegExp }
}

/** First match wins. A sign is the BMC's own text; none of them is trusted for more than timing. */
const rules: readonly ProfileRule[] = [
  {
    // "On" is refused for up to 60 s after off (seen by OpenStack Ironic on iDRAC10, 6 tries of 10 s).
    match: { vendor: /dell/i, manager: /17g/i },
    profile: {
      ...genericProfile,
      name: 'idrac-17g',
      settleMs,
      retryable: [{ httpStatus: 409, messageId: 'ActionParameterValueConflict', afterMs: 10_000 }, ...idracNotReady],
    },
  },
  {
    match: { vendor: /dell/i },
    profile: { ...genericProfile, name: 'idrac', settleMs, retryable: idracNotReady },
  },
  {
    // iDRAC8 names no vendor in its root.
    match: { manager: /1[0-6]g (monolithic|modular|dcs)/i },
    profile: { ...genericProfile, name: 'idrac', settleMs, retryable: idracNotReady },
  },
  {
    match: { manager: /^ilo ?([7-9]|\d\d)/i },
    profile: { ...genericProfile, name: 'ilo', settleMs, retryable: iloInPost },
  },
  {
    // Before iLO 7 a second request on a connection may meet a reset.
    match: { manager: /^ilo/i },
    profile: { ...genericProfile, name: 'ilo-before-7', settleMs, retryable: iloInPost, keepAlive: false },
  },
  {
    match: { system: /cray ?ex|windom|^cray inc/i, product: /^$/ },
    profile: { ...genericProfile, name: 'cray-ex', settleMs },
  },
  {
    // MegaRAC before 13 answers parallel GETs with random 403, 500 and XHTML.
    match: { product: /ami redfish/i, firmware: /^(\d|1[0-2])\./ },
    profile: { ...genericProfile, name: 'megarac-before-13', connections: 1 },
  },
  { match: { product: /ami redfish/i }, profile: { ...genericProfile, name: 'megarac' } },
  { match: { vendor: /lenovo/i }, profile: { ...genericProfile, name: 'xcc' } },
  { match: { vendor: /supermicro/i }, profile: { ...genericProfile, name: 'supermicro' } },
  { match: { manager: /openbmc/i }, profile: { ...genericProfile, name: 'openbmc', settleMs } },
]

/** The profile of the BMC that was explored; `generic` when no rule matches. */
export function profileOf(exploration: Pick<Exploration, 'service' | 'bmc' | 'systems'>): BmcProfile {
  const system = exploration.systems[0]
  const signs: Signs = {
    vendor: exploration.service.vendor ?? '',
    product: exploration.service.product ?? '',
    manager: exploration.bmc?.model ?? '',
    firmware: exploration.bmc?.firmwareVersion ?? '',
    system: `${system?.manufacturer ?? ''} ${system?.model ?? ''}`.trim(),
  }
  return rules.find((rule) => matches(rule, signs))?.profile ?? genericProfile
}

/** The profile with this name, as a row keeps it; `generic` for a name that this release does not know. */
export function profileNamed(name: string): BmcProfile {
  return rules.find((rule) => rule.profile.name === name)?.profile ?? genericProfile
}

function matches(rule: ProfileRule, signs: Signs): boolean {
  return Object.entries(rule.match).every(([sign, pattern]) => pattern.test(signs[sign as keyof Signs]))
}
