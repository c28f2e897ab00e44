import { uuid7TimeMs } from '../../../src/lib/uuid7.ts'
import type { WriteResult } from '../peer/write-call.ts'
import type { Call } from './call.ts'
import type { Shelf, ShelfModel } from './shelf-model.ts'
import { expectHolds } from './violation.ts'

/** What a linearizable read saw. */
export interface ReadResult {
  readonly name: string
  readonly revision: number
  readonly shelf: Shelf | undefined
}

/** Errors that are final for a request id, whatever the state: it is never carried out under it again. */
const lostIds: ReadonlySet<string> = new Set(['REQUEST_ID_TOO_OLD', 'REQUEST_ID_IN_FUTURE'])

/** Log time that an outcome is kept for, and how far ahead of log time an id may be drawn (log.md, rule 14). */
const keptMs = 15 * 60_000
const aheadMsMax = 10_000

/**
 * What clients are told, judged when they are told it: each result is right on the model, and what began after
 * something was told stands on it.
 */
export class ClientOracle {
  readonly calls = new Map<string, Call>()
  readonly #model: ShelfModel
  /** That of the last committed transaction. */
  readonly #logTimeMs: () => number
  /** The highest revision that anybody was told. */
  #told = 0

  constructor(model: ShelfModel, logTimeMs: () => number) {
    this.#model = model
    this.#logTimeMs = logTimeMs
  }

  /** What a client must see that begins now. */
  get floor(): number {
    return this.#told
  }

  began(call: Omit<Call, 'floor' | 'result' | 'revision'>): Call {
    const known: Call = { ...call, floor: this.#told, result: undefined, revision: undefined }
    this.calls.set(call.requestId, known)
    return known
  }

  /** A client was told how its write ended, through a peer that has applied so much. */
  told(call: Call, result: WriteResult, appliedRevision: number): void {
    const { operation, requestId } = call
    const name = `${call.client}: ${operation.kind} ${operation.name} (${requestId})`
    if (result.kind === 'ok') {
      expectHolds(
        call.revision === result.revision,
        'right results',
        () => `${name} was told revision ${result.revision}, and is ${call.revision}`,
      )
      expectHolds(
        result.revision <= appliedRevision,
        'real-time order',
        () => `${name} is answered by a peer that has not applied it`,
      )
      expectHolds(
        result.revision > call.floor,
        'real-time order',
        () => `${name} is revision ${result.revision}, and began after ${call.floor} was told`,
      )
      this.#tells(result.revision)
    }
    if (result.kind === 'refused' && !lostIds.has(result.code)) this.#refused(call, result, name)
    if (result.kind === 'refused' && result.code === 'REQUEST_ID_TOO_OLD') this.#tooOld(call, name)
    call.result = result
  }

  /** A linearizable read is over that began when `floor` was the highest revision told. */
  read({ name, revision, shelf }: ReadResult, floor: number, who: string): void {
    expectHolds(
      revision >= floor,
      'real-time order',
      () => `${who} reads ${name} at revision ${revision}, and began after ${floor} was told`,
    )
    const expected = this.#model.at(name, revision)
    expectHolds(
      expected?.counter === shelf?.counter && expected?.boxes === shelf?.boxes,
      'right results',
      () => `${who} reads ${name} as ${JSON.stringify(shelf)} at ${revision}: it was ${JSON.stringify(expected)}`,
    )
    this.#tells(revision)
  }

  #refused(call: Call, result: Extract<WriteResult, { kind: 'refused' }>, name: string): void {
    const { revision } = result
    expectHolds(
      revision >= call.floor,
      'real-time order',
      () => `${name} is refused by revision ${revision}, and began after ${call.floor} was told`,
    )
    if (call.revision !== undefined) {
      // The outcome of a retry that was refused is a transaction of its own.
      expectHolds(
        call.revision === revision && !this.#model.allows(call.operation, revision - 1),
        'exactly once',
        () => `${name} is refused by revision ${revision}, and was carried out at ${call.revision}`,
      )
    } else {
      expectHolds(
        !this.#model.allows(call.operation, revision),
        'right results',
        () => `${name} is refused by revision ${revision}, which allows it`,
      )
    }
    this.#tells(revision)
  }

  /** Only what is older than any outcome that is kept is forgotten: no wall clock takes an answer away from anybody. */
  #tooOld({ requestId }: Call, name: string): void {
    const ageMs = this.#logTimeMs() - uuid7TimeMs(requestId)!
    expectHolds(
      ageMs >= keptMs - aheadMsMax,
      'log time',
      () => `${name} is refused as too old, ${ageMs} ms of log time after it was drawn`,
    )
  }

  #tells(revision: number): void {
    if (revision > this.#told) this.#told = revision
  }
}
