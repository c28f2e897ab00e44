import type { KeyState } from '../model/key-step.ts'
import { after } from '../model/key-step.ts'
import type { FreeRevisions } from './free-revisions.ts'
import type { Chain } from './hidden-writes.ts'
import { HiddenWrites, stateBehind } from './hidden-writes.ts'
import type { KeyEvent } from './key-event.ts'
import type { Hidden, KeyHistory } from './key-history.ts'
import type { RowRevision, Window } from './window.ts'
import { narrowed, revisionAsked, windowsFor } from './window.ts'

/** What came of replaying one row. */
export type Replay =
  /** All is explained, by unanswered writes in these windows among others. */
  | { readonly kind: 'ok'; readonly windows: readonly Window[] }
  /** Nothing explains this event; the row before it is as the most likely explanation of all before has it. */
  | { readonly kind: 'violation'; readonly event: KeyEvent; readonly state: KeyState }
  | { readonly kind: 'unknown' }

/** An explanation as far as it has come. */
interface Standing {
  readonly event: number
  readonly state: KeyState
  readonly used: ReadonlySet<Hidden>
  /** Of the used writes; the last one is that of the row, if the revision of the row is not known. */
  readonly windows: readonly Window[]
}

/** Every row that was shown has a known writer, or a pin: one that an unanswered write left is none of them. */
const isOther = () => false

/**
 * Replays the events of one row in the order of revisions. Without unanswered writes there is one way to do that. With
 * them, an event that the row as it is does not explain is explained by as few of them as possible, right before it:
 * whatever happens earlier than that, and changes nothing that anybody sees, can as well happen then. Where there are
 * several explanations, all are tried, within a number of steps.
 */
export class KeyReplay {
  readonly #history: KeyHistory
  readonly #free: FreeRevisions
  readonly #hidden: HiddenWrites
  readonly #tried = new Set<string>()
  #stepsLeft: number
  /** Not every place was tried in all its consequences, so that a failure proves nothing. */
  #isPartial = false

  constructor(history: KeyHistory, options: { readonly free: FreeRevisions; readonly stepsMax: number }) {
    this.#history = history
    this.#free = options.free
    this.#stepsLeft = options.stepsMax
    this.#hidden = new HiddenWrites(history, { free: options.free, pay: () => this.#pay() })
  }

  run(): Replay {
    const { start, events } = this.#history
    const open: Iterator<Standing>[] = []
    let standing: Standing | undefined = { event: 0, state: start, used: new Set(), windows: [] }
    let stuck: { readonly event: number; readonly state: KeyState } | undefined
    while (standing !== undefined) {
      standing = this.#straightOn(standing)
      const { event, state, used } = standing
      if (event === events.length) return { kind: 'ok', windows: standing.windows }
      if (stuck === undefined || event > stuck.event) stuck = { event, state }
      const name = `${event} ${this.#hidden.nameOf(state, used)}`
      if (!this.#tried.has(name)) open.push(this.#explanations(standing))
      this.#tried.add(name)
      standing = nextOf(open)
    }
    if (this.#stepsLeft <= 0 || this.#isPartial) return { kind: 'unknown' }
    return { kind: 'violation', event: events[stuck!.event]!, state: stuck!.state }
  }

  /** As far as the row as it is explains all events. */
  #straightOn(from: Standing): Standing {
    const { events } = this.#history
    let standing = from
    while (standing.event < events.length) {
      const { step } = events[standing.event]!
      const state = step.kind === 'pin' ? undefined : after(standing.state, step, isOther)
      const windows = state === undefined ? undefined : this.#told(standing, revisionSaidBy(step))
      if (state === undefined || windows === undefined) return standing
      standing = { ...standing, event: standing.event + 1, state, windows }
    }
    return standing
  }

  /** The ways to get past an event by unanswered writes. */
  *#explanations(from: Standing): Generator<Standing, void, undefined> {
    const event = this.#history.events[from.event]!
    const { step } = event
    if (step.kind !== 'pin') {
      const row = revisionSaidBy(step)
      const isMet = (state: KeyState) => after(state, step, isOther) !== undefined
      for (const chain of this.#hidden.chains(from.state, { isMet, revision: row.not[0] }, from.used)) {
        const next = this.#along(from, chain, row)
        const before = chain.length === 0 ? from.state : stateBehind(chain.at(-1)!)
        if (next !== undefined) yield { ...next, state: after(before, step, isOther)! }
      }
      return
    }
    for (const pinned of this.#hidden.unused(from.used)) {
      const { operation } = pinned.maybe
      if (operation.kind !== 'put' || pinned.above >= event.revision) continue
      if (step.value !== undefined && operation.value !== step.value) continue
      const used = new Set([...from.used, pinned])
      for (const chain of this.#hidden.chains(from.state, this.#hidden.wantedBy(pinned), used)) {
        const next = this.#along({ ...from, used }, chain, { is: revisionAsked(operation), not: [] })
        const state = { value: step.value ?? operation.value, revision: event.revision }
        if (next !== undefined) yield { ...next, state }
      }
    }
  }

  /** Behind the next event, with a chain before it, and what the event says of the row; undefined if there is no room. */
  #along(from: Standing, chain: Chain, row: RowRevision): Omit<Standing, 'state'> | undefined {
    const [first] = chain
    const asked = first === undefined ? row : { is: revisionAsked(first.maybe.operation), not: [] }
    const before = this.#told(from, asked)
    const windows = this.#place(from.event, chain, row)
    if (before === undefined || windows === undefined) return undefined
    return { event: from.event + 1, used: new Set([...from.used, ...chain]), windows: [...before, ...windows] }
  }

  /** The windows when something is known of the revision of the row, which only matters if that is not known; undefined if it cannot be. */
  #told({ state, windows }: Standing, row: RowRevision): readonly Window[] | undefined {
    if (state === null || state.revision !== undefined) return windows
    if (row.is === undefined && row.not.length === 0) return windows
    const window = narrowed(windows.at(-1)!, row, this.#free)
    return window === undefined ? undefined : [...windows.slice(0, -1), window]
  }

  /**
   * Room for a chain: right before the next event, or before those that come before that and that would have been the
   * same behind the chain.
   */
  #place(event: number, chain: Chain, row: RowRevision): Window[] | undefined {
    if (chain.length === 0) return []
    const { events } = this.#history
    const behind = stateBehind(chain.at(-1)!)
    let last = events[event]!.isWrite ? events[event]!.revision - 1 : events[event]!.revision
    let not = row.not
    for (let before = event - 1; this.#pay(); before--) {
      const above = before < 0 ? 0 : events[before]!.until
      const windows = windowsFor(chain, { above, last, row: { ...row, not } }, this.#free)
      if (windows !== undefined || before < 0) return windows
      const { step, isWrite, revision } = events[before]!
      if (isWrite || step.kind === 'pin' || after(behind, step, isOther) === undefined) return undefined
      // What this event said of the row that was there is not taken back, though the chain is before it now.
      if (revisionSaidBy(step).not.length > 0) this.#isPartial = true
      not = [...not, ...revisionSaidBy(step).not]
      last = revision
    }
    return undefined
  }

  #pay(): boolean {
    this.#stepsLeft -= 1
    return this.#stepsLeft > 0
  }
}

/** What an event says of the revision of the row, beside what the row itself must show. */
function revisionSaidBy(step: KeyEvent['step']): RowRevision {
  if (step.kind !== 'refused' || step.reason !== 'changed') return { not: [] }
  const revision = revisionAsked(step.operation)
  return { not: revision === undefined ? [] : [revision] }
}

/** The next of the explanations that are left, of the last open question first. */
function nextOf(open: Iterator<Standing, void, undefined>[]): Standing | undefined {
  while (open.length > 0) {
    const next = open.at(-1)!.next()
    if (next.done !== true) return next.value
    open.pop()
  }
  return undefined
}
