import type { Maybe } from '../model/call.ts'
import type { KeyState } from '../model/key-step.ts'
import { after, allows, leftBy } from '../model/key-step.ts'
import type { FreeRevisions, Window } from './free-revisions.ts'
import type { KeyEvent } from './key-event.ts'
import type { Hidden, KeyHistory } from './key-history.ts'

/** What came of replaying one row. */
export type Replay =
  /** All is explained, by these unanswered writes among others. */
  | { readonly kind: 'ok'; readonly windows: readonly Window[] }
  /** Nothing explains this event; the row before it is as the most likely explanation of all before has it. */
  | { readonly kind: 'violation'; readonly event: KeyEvent; readonly state: KeyState }
  | { readonly kind: 'unknown' }

/** An explanation as far as it has come. */
interface Standing {
  readonly event: number
  readonly state: KeyState
  readonly used: ReadonlySet<Hidden>
  readonly windows: readonly Window[]
}

/** Unanswered writes that happen one after another, and the row behind them. */
type Chain = readonly Hidden[]

/** Every writer of a revision is known, or pinned, when a row is replayed. */
const isKnown = () => false

/**
 * Replays the events of one row in the order of revisions. Without unanswered writes there is one way to do that. With
 * them, an event that the row as it is does not explain is explained by as few of them as possible, right before it:
 * whatever happens earlier than that, and changes nothing that anybody sees, can as well happen then. Where there are
 * several explanations, all are tried, within a number of steps.
 */
export class KeyReplay {
  readonly #history: KeyHistory
  readonly #free: FreeRevisions
  /** Values that somebody was shown. Rows with any other value are all alike. */
  readonly #shown: ReadonlySet<string>
  readonly #failed = new Set<string>()
  #stepsLeft: number

  constructor(history: KeyHistory, options: { readonly free: FreeRevisions; readonly stepsMax: number }) {
    this.#history = history
    this.#free = options.free
    this.#stepsLeft = options.stepsMax
    this.#shown = new Set(history.events.flatMap(({ step }) => valueShownBy(step)))
  }

  run(): Replay {
    const { start, events } = this.#history
    const open: Iterator<Standing>[] = []
    let standing: Standing = { event: 0, state: start, used: new Set(), windows: [] }
    let stuck: { readonly event: number; readonly state: KeyState } | undefined
    for (;;) {
      standing = this.#straightOn(standing)
      if (standing.event === events.length) return { kind: 'ok', windows: standing.windows }
      if (this.#stepsLeft <= 0) return { kind: 'unknown' }
      if (stuck === undefined || standing.event > stuck.event) stuck = standing
      const name = this.#nameOf(standing)
      if (!this.#failed.has(name)) {
        this.#failed.add(name)
        open.push(this.#explanations(standing))
      }
      const next = nextOf(open)
      if (next === undefined) {
        if (this.#stepsLeft <= 0) return { kind: 'unknown' }
        return { kind: 'violation', event: events[stuck.event]!, state: stuck.state }
      }
      standing = next
    }
  }

  /** As far as the row as it is explains all events. */
  #straightOn(from: Standing): Standing {
    const { events } = this.#history
    let { event, state } = from
    for (; event < events.length; event++) {
      const { step } = events[event]!
      const next = step.kind === 'pin' ? undefined : after(state, step, isKnown)
      if (next === undefined) break
      state = next
    }
    return { ...from, event, state }
  }

  /** The ways to get past an event by unanswered writes. */
  *#explanations(from: Standing): Generator<Standing> {
    const event = this.#history.events[from.event]!
    const { step } = event
    if (step.kind === 'pin') {
      for (const last of this.#candidates(from.used)) {
        const { operation } = last.maybe
        if (operation.kind !== 'put' || (step.value !== undefined && operation.value !== step.value)) continue
        if (last.above >= event.revision) continue
        const used = new Set([...from.used, last])
        for (const chain of this.#chains(from.state, (state) => allows(state, operation, isKnown), used)) {
          const state = { value: step.value ?? operation.value, revision: event.revision }
          const next = this.#along(from, chain, { last: event.revision - 1, state, used: [last] })
          if (next !== undefined) yield next
        }
      }
      return
    }
    for (const chain of this.#chains(from.state, (state) => after(state, step, isKnown) !== undefined, from.used)) {
      const before = chain.length === 0 ? from.state : stateBehind(chain.at(-1)!.maybe)
      const state = after(before, step, isKnown)!
      const last = event.isWrite ? event.revision - 1 : event.revision
      const next = this.#along(from, chain, { last, state, used: [] })
      if (next !== undefined) yield next
    }
  }

  /** Puts a chain before the next event; undefined if there is no room for it. */
  #along(
    from: Standing,
    chain: Chain,
    to: { readonly last: number; readonly state: KeyState; readonly used: Chain },
  ): Standing | undefined {
    const windows = this.#place(from, chain, to.last)
    if (windows === undefined) return undefined
    return {
      event: from.event + 1,
      state: to.state,
      used: new Set([...from.used, ...chain, ...to.used]),
      windows: [...from.windows, ...windows],
    }
  }

  /**
   * Room for a chain: right before the next event, or before those that come before that and that would have been the
   * same behind the chain.
   */
  #place(from: Standing, chain: Chain, last: number): Window[] | undefined {
    const { events } = this.#history
    if (chain.length === 0) return []
    const behind = stateBehind(chain.at(-1)!.maybe)
    let [before, until] = [from.event - 1, last]
    for (;;) {
      this.#stepsLeft -= 1
      const windows = this.#between(before < 0 ? 0 : events[before]!.until, chain, until)
      if (windows !== undefined || before < 0) return windows
      const { step, isWrite, revision } = events[before]!
      if (isWrite || step.kind === 'pin' || after(behind, step, isKnown) === undefined) return undefined
      until = revision
      before -= 1
    }
  }

  #between(above: number, chain: Chain, last: number): Window[] | undefined {
    const windows: Window[] = []
    let revision = above
    for (const [at, hidden] of chain.entries()) {
      revision = this.#free.above(Math.max(revision, hidden.above))
      if (revision > last) return undefined
      windows.push({ first: revision, last: last - (chain.length - 1 - at) })
    }
    return windows
  }

  /** Sequences of unused writes that make a row into one that is wanted, each of which the one behind it needs. */
  *#chains(state: KeyState, isWanted: (state: KeyState) => boolean, used: ReadonlySet<Hidden>): Generator<Chain> {
    this.#stepsLeft -= 1
    if (isWanted(state)) {
      yield []
      return
    }
    for (const last of this.#candidates(used)) {
      if (this.#stepsLeft <= 0) return
      this.#stepsLeft -= 1
      const { maybe } = last
      if (!isWanted(stateBehind(maybe))) continue
      const canHappen = (before: KeyState) => allows(before, maybe.operation, isKnown)
      for (const chain of this.#chains(state, canHappen, new Set([...used, last]))) yield [...chain, last]
    }
  }

  /** Unused writes, one of each sort, those of the narrowest condition first: they are of the least use later. */
  #candidates(used: ReadonlySet<Hidden>): readonly Hidden[] {
    const bySort = new Map<string, Hidden>()
    for (const hidden of this.#history.hidden) {
      if (used.has(hidden)) continue
      const sort = this.#sortOf(hidden.maybe)
      if (!bySort.has(sort)) bySort.set(sort, hidden)
    }
    return [...bySort.values()].sort((one, other) => breadth(one.maybe) - breadth(other.maybe))
  }

  #sortOf({ operation }: Maybe): string {
    const value = operation.kind === 'put' ? this.#valueName(operation.value) : ''
    return JSON.stringify([operation.kind, value, operation.if])
  }

  #valueName(value: string): string {
    return this.#shown.has(value) ? `=${value}` : ''
  }

  #nameOf({ event, state, used }: Standing): string {
    const row = state === null ? null : [this.#valueName(state.value), state.revision]
    const indexes = this.#history.hidden.flatMap((hidden, index) => (used.has(hidden) ? [index] : []))
    return JSON.stringify([event, row, indexes])
  }
}

function stateBehind({ operation }: Maybe): KeyState {
  return leftBy(operation, undefined)
}

/** How many rows a write is carried out on, of which the next has more. */
function breadth({ operation }: Maybe): number {
  if (typeof operation.if === 'object') return 0
  return operation.if === undefined && operation.kind === 'put' ? 2 : 1
}

function valueShownBy(step: KeyEvent['step']): string[] {
  if (step.kind === 'pin') return step.value === undefined ? [] : [step.value]
  return step.kind === 'read' && step.row !== null ? [step.row.value] : []
}

/** The next of the explanations that are left, of the last open question first. */
function nextOf(open: Iterator<Standing>[]): Standing | undefined {
  while (open.length > 0) {
    const next = open.at(-1)!.next()
    if (next.done !== true) return next.value
    open.pop()
  }
  return undefined
}
