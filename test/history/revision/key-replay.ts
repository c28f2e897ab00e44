import type { Put } from '../format/operation.ts'
import type { KeyState } from '../model/key-step.ts'
import { after, leftBy } from '../model/key-step.ts'
import type { Used, Wanted } from '../model/unanswered-writes.ts'
import { UnansweredWrites } from '../model/unanswered-writes.ts'
import type { FreeRevisions } from './free-revisions.ts'
import type { KeyEvent } from './key-event.ts'
import { fixedBy, revisionSaidBy, valuesShownBy } from './key-event.ts'
import type { Hidden, KeyHistory } from './key-history.ts'
import type { RowRevision, Slot, Window } from './window.ts'
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
  readonly used: Used
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
  readonly #hidden: UnansweredWrites<Hidden>
  #stepsLeft: number
  /** Not every place was tried in all its consequences, so that a failure proves nothing. */
  #isPartial = false

  constructor(history: KeyHistory, options: { readonly free: FreeRevisions; readonly stepsMax: number }) {
    this.#history = history
    this.#free = options.free
    this.#stepsLeft = options.stepsMax
    this.#hidden = new UnansweredWrites(
      history.hidden,
      new Set(history.events.flatMap(({ step }) => valuesShownBy(step))),
    )
  }

  run(): Replay {
    const { start, events } = this.#history
    const begin: Standing = { event: 0, state: start, used: this.#hidden.none, windows: [] }
    const found = this.#search(begin, events.length, (stuck) => !this.#isExplicable(stuck))
    if (found.event === events.length) return { kind: 'ok', windows: found.windows }
    if (this.#stepsLeft <= 0 || this.#isPartial) return { kind: 'unknown' }
    return { kind: 'violation', event: events[found.event]!, state: found.state }
  }

  /**
   * Looks for an explanation of all events up to one; gives it, or the first one that came farthest. `isHopeless` is
   * asked of an event that is the farthest yet and has no explanation behind the ones before it.
   */
  #search(from: Standing, until: number, isHopeless: (event: number) => boolean): Standing {
    const open: { readonly event: number; readonly next: Iterator<Standing, void, undefined> }[] = []
    const tried = new Set<string>()
    let farthest = from
    let standing: Standing | undefined = from
    for (;;) {
      if (standing !== undefined) {
        const reached: Standing = this.#straightOn(standing, until)
        if (reached.event === until) return reached
        if (reached.event > farthest.event || open.length === 0) farthest = reached
        const name = this.#nameOf(reached)
        if (!tried.has(name)) open.push({ event: reached.event, next: this.#explanations(reached) })
        tried.add(name)
      }
      const last = open.at(-1)
      if (last === undefined) return farthest
      const next = last.next.next()
      standing = next.done === true ? undefined : next.value
      if (standing !== undefined) continue
      if (last.event === farthest.event && isHopeless(last.event)) return farthest
      open.pop()
    }
  }

  /**
   * Whether an event has an explanation when every unanswered write is still unused behind the last event that says
   * what the row is. If it has none then, it has none at all, and what explains the events before need not be searched.
   */
  #isExplicable(event: number): boolean {
    const { events, start } = this.#history
    const fixed = events.findLastIndex(({ step }, at) => at < event && fixedBy(step) !== undefined)
    const state = fixed === -1 ? start : fixedBy(events[fixed]!.step)!.row
    const from: Standing = { event: fixed + 1, state, used: this.#hidden.none, windows: [] }
    return this.#search(from, event + 1, () => false).event === event + 1 || this.#stepsLeft <= 0 || this.#isPartial
  }

  /** As far as the row as it is explains all events. */
  #straightOn(from: Standing, until: number): Standing {
    const { events } = this.#history
    let standing = from
    while (standing.event < until) {
      const { step } = events[standing.event]!
      const state = step.kind === 'pin' ? undefined : after(standing.state, step, isOther)
      const windows = state === undefined ? undefined : this.#told(standing, revisionSaidBy(step))
      if (state === undefined || windows === undefined) return standing
      standing = { event: standing.event + 1, state, used: standing.used, windows }
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
      for (const { items, used } of this.#chains(from, { isMet, revision: row.not[0] }, from.used)) {
        const before = items.length === 0 ? from.state : stateBehind(items)
        const windows = this.#along(from, items, row)
        if (windows !== undefined) yield { event: from.event + 1, state: after(before, step, isOther)!, used, windows }
      }
      return
    }
    const fits = ({ operation, above }: Hidden) =>
      operation.kind === 'put' && above < event.revision && (step.value === undefined || operation.value === step.value)
    for (const {
      items: [pinned],
      used: pinnedUsed,
    } of this.#hidden.next(from.used, fits)) {
      const operation = pinned!.operation as Put
      const wanted = this.#hidden.wantedBy(operation, this.#mayBeBefore(from.event))
      const state = { value: step.value ?? operation.value, revision: event.revision }
      for (const { items, used } of this.#chains(from, wanted, pinnedUsed)) {
        const windows = this.#along(from, items, { is: wanted.revision, not: [] })
        if (windows !== undefined) yield { event: from.event + 1, state, used, windows }
      }
    }
  }

  #chains(from: Standing, wanted: Wanted, used: Used) {
    const { revision } = this.#history.events[from.event]!
    return this.#hidden.chains(from.state, wanted, used, {
      mayBe: this.#mayBeBefore(from.event),
      isAvailable: ({ above }) => above < revision,
      lengthMax: this.#free.countBetween(this.#writeBefore(from.event), revision, this.#history.hidden.length),
      pay: (steps) => this.#pay(steps),
    })
  }

  /** Which revisions a row can have that an unanswered write left before an event, and behind the write before it. */
  #mayBeBefore(event: number): (revision: number) => boolean {
    const above = this.#writeBefore(event)
    const last = this.#history.events[event]!.revision
    return (revision) => revision > above && revision <= last && this.#free.has(revision)
  }

  /** Revision of the last write before an event. */
  #writeBefore(event: number): number {
    const { events } = this.#history
    let write = event - 1
    while (write >= 0 && !events[write]!.isWrite) write -= 1
    return write < 0 ? 0 : events[write]!.revision
  }

  /** All windows, with those of a chain before the next event, and what that says of the row; undefined if there is no room. */
  #along(from: Standing, chain: readonly Hidden[], row: RowRevision): readonly Window[] | undefined {
    const [first] = chain
    const before = this.#told(from, first === undefined ? row : { is: revisionAsked(first.operation), not: [] })
    const windows = before === undefined ? undefined : this.#place(from.event, chain, row)
    return before === undefined || windows === undefined ? undefined : [...before, ...windows]
  }

  /** The windows when something is known of the revision of the row, if nobody has told it; undefined if it cannot be. */
  #told({ state, windows }: Standing, row: RowRevision): readonly Window[] | undefined {
    if (state === null || state.revision !== undefined) return windows
    if (row.is === undefined && row.not.length === 0) return windows
    const window = narrowed(windows.at(-1)!, row, this.#free)
    return window === undefined ? undefined : [...windows.slice(0, -1), window]
  }

  /**
   * Room for a chain before an event: each of its writes right before that, or before earlier events that would have
   * been the same behind it.
   */
  #place(event: number, chain: readonly Hidden[], row: RowRevision, slots: readonly Slot[] = []): Window[] | undefined {
    const hidden = chain.at(-1)
    if (hidden === undefined) return windowsFor(slots, this.#free)
    const { events } = this.#history
    const asked = { is: revisionAsked(hidden.operation), not: [] }
    let { not } = row
    for (let next = event; this.#pay(); next--) {
      const above = next === 0 ? 0 : events[next - 1]!.until
      const last = events[next]!.isWrite ? events[next]!.revision - 1 : events[next]!.revision
      const slot = { hidden, above, last, row: { is: row.is, not } }
      const windows = this.#place(next, chain.slice(0, -1), asked, [slot, ...slots])
      if (windows !== undefined || next === 0) return windows
      const { step, isWrite } = events[next - 1]!
      if (isWrite || step.kind === 'pin' || after(stateBehind(chain), step, isOther) === undefined) return undefined
      // What this event said of the row that was there is not taken back, though another one is there now.
      if (revisionSaidBy(step).not.length > 0) this.#isPartial = true
      not = [...not, ...revisionSaidBy(step).not]
    }
    return undefined
  }

  #nameOf({ event, state, used }: Standing): string {
    const row = state === null ? '' : `${state.revision ?? '?'}${this.#hidden.valueName(state.value)}`
    return `${event} ${used.id} ${row}`
  }

  #pay(steps = 1): boolean {
    this.#stepsLeft -= steps
    return this.#stepsLeft > 0
  }
}

/** The row behind a chain. */
function stateBehind(chain: readonly Hidden[]): KeyState {
  return leftBy(chain.at(-1)!.operation, undefined)
}
