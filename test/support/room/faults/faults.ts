import type { Clock } from '../clock.ts'
import { globMatches } from './glob.ts'
import type { FaultAction, FaultRule } from './rule.ts'
import { parseFaultRule, resetFaultKinds } from './rule.ts'

/** A request to a BMC, as rules see it. */
export interface FaultSubject {
  /** Suggested xname. */
  readonly bmc: string
  /** `host:port`. */
  readonly address: string
  readonly method: string
  readonly path: string
  /** Of a reset action; `undefined` for every other request. */
  readonly resetType: string | undefined
}

/** A rule and what became of it. */
export interface FaultReport {
  readonly id: string
  readonly rule: FaultRule
  /** Requests that matched. */
  readonly matched: number
  /** Times that it struck. */
  readonly fired: number
}

interface Armed {
  readonly id: string
  readonly rule: FaultRule
  matched: number
  fired: number
  /** Where a `wrong_state` still holds: BMC address → room time at which it ends. */
  readonly holds: Map<string, number>
}

const rulesMax = 1_000

/** The rules that are in force. */
export class Faults {
  readonly #clock: Clock
  readonly #rules: Armed[] = []
  #lastId = 0

  constructor(options: { readonly clock: Clock; readonly rules?: readonly FaultRule[] }) {
    this.#clock = options.clock
    for (const rule of options.rules ?? []) this.add(rule)
  }

  /** Puts a rule in force behind the others. Throws when the rule is malformed. */
  add(rule: unknown): string {
    const parsed = parseFaultRule(rule)
    if (this.#rules.length >= rulesMax) throw new Error(`there are already ${rulesMax} fault rules`)
    const id = `fault-${++this.#lastId}`
    this.#rules.push({ id, rule: parsed, matched: 0, fired: 0, holds: new Map() })
    return id
  }

  /** Takes a rule out of force; false when there is none of this id. */
  remove(id: string): boolean {
    const index = this.#rules.findIndex((armed) => armed.id === id)
    if (index < 0) return false
    this.#rules.splice(index, 1)
    return true
  }

  clear(): void {
    this.#rules.length = 0
  }

  report(): FaultReport[] {
    return this.#rules.map(({ id, rule, matched, fired }) => ({ id, rule, matched, fired }))
  }

  /** What strikes this request. Counts: call it once a request. */
  strike(subject: FaultSubject): FaultAction[] {
    const struck: FaultAction[] = []
    for (const armed of this.#rules) {
      if (!concerns(armed.rule, subject)) continue
      const index = armed.matched++
      const { action } = armed.rule
      if (index < (armed.rule.skip ?? 0) || armed.fired >= (armed.rule.times ?? Number.POSITIVE_INFINITY)) continue
      armed.fired++
      if (action.kind !== 'wrong_state') {
        struck.push(action)
      } else if (!armed.holds.has(subject.address)) {
        armed.holds.set(subject.address, this.#clock.nowMs() + action.ms)
      }
    }
    return struck
  }

  /** The state that a BMC must report although it is not true; `undefined` when it may tell the truth. */
  reportedInstead(subject: Pick<FaultSubject, 'address'>): { readonly state: string | null } | undefined {
    for (const { rule, holds } of this.#rules) {
      const untilMs = holds.get(subject.address)
      if (rule.action.kind === 'wrong_state' && untilMs !== undefined && this.#clock.nowMs() < untilMs) {
        return { state: rule.action.state }
      }
    }
    return undefined
  }
}

function concerns(rule: FaultRule, subject: FaultSubject): boolean {
  const resetsOnly = rule.resetType !== undefined || resetFaultKinds.some((kind) => kind === rule.action.kind)
  if (resetsOnly && subject.resetType === undefined) return false
  return (
    (rule.bmc === undefined || globMatches(rule.bmc, subject.bmc) || globMatches(rule.bmc, subject.address)) &&
    (rule.method === undefined || globMatches(rule.method, subject.method)) &&
    (rule.path === undefined || globMatches(rule.path, subject.path)) &&
    (rule.resetType === undefined || globMatches(rule.resetType, subject.resetType ?? ''))
  )
}
