import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { fromBinary } from '@bufbuild/protobuf'
import { EntrySchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { uuid7 } from '../../lib/uuid7.ts'
import type { Catalog } from '../catalog.ts'
import { EntryBuilder } from '../pure/entry-builder.ts'
import type { EvaluationRequest } from '../pure/evaluate.ts'
import { evaluate } from '../pure/evaluate.ts'
import { transactionRowsMax } from '../pure/limits.ts'
import { RowReader } from '../pure/row-reader.ts'
import { stateVersionMax } from '../pure/state-version.ts'
import { State } from '../pure/state.ts'
import type { RequestFacts, Stored } from '../read.ts'
import { sha256 } from '../sha256.ts'
import type { Table } from '../table.ts'
import type { Rule, Write } from '../write.ts'
import type { WriteAnswer } from '../write-request.ts'
import { answerTo } from '../write-answer.ts'

/** What a story begins with: rows to put, alone or in lists of lists, in the order in which they are stored. */
export type Fixture = Write | readonly Fixture[]

/**
 * A state in memory, on which rules run as they do on a leader, without consensus, clock or randomness: what they
 * write goes through the encoding of the log and is applied.
 *
 * @example
 * ```ts
 * const state = given(catalog, put(groups, { id: 'grp-1', name: 'compute' }))
 * state.run(deleteGroup, { group: 'compute' })
 * expect(state.size(groups)).toBe(0)
 * ```
 */
export function given(catalog: Catalog, ...fixtures: readonly Fixture[]): GivenState {
  const state = new GivenState(catalog)
  const writes = flatten(fixtures)
  for (let at = 0; at < writes.length; at += transactionRowsMax) {
    const slice = writes.slice(at, at + transactionRowsMax)
    state.run(() => slice, undefined)
  }
  return state
}

/** A state in memory. It is a `Reader` of what is applied. */
export class GivenState extends RowReader {
  readonly state: State
  readonly #clock: { timeMs: number; logTimeMs: number }
  #facts: Partial<RequestFacts> = {}
  #drawn = 0

  constructor(catalog: Catalog) {
    const state = new State({ catalog, sha256, incarnation: 'given' })
    const clock = { timeMs: Date.UTC(2026, 10, 21), logTimeMs: 1_000_000 }
    super(state, { times: clock, incarnation: state.incarnation })
    this.state = state
    this.#clock = clock
  }

  /** Lets both clocks run on. */
  advance(durationMs: number): this {
    this.#clock.timeMs += durationMs
    this.#clock.logTimeMs += durationMs
    return this
  }

  /** Says who asks from now on, and how. */
  as(facts: Partial<RequestFacts>): this {
    this.#facts = facts
    return this
  }

  /** What a rule answers; throws what it throws, and what limits, owners and unique keys refuse. Changes nothing. */
  evaluate<Request>(rule: Rule<Request>, request: Request): readonly Write[] {
    let writes: readonly Write[] = []
    this.#evaluate((read, asked) => (writes = rule(read, asked)), request)
    return writes
  }

  /** Runs a rule and applies its transaction. */
  run<Request>(rule: Rule<Request>, request: Request): WriteAnswer {
    const { bytes } = this.#evaluate(rule, request)
    const { index, number, revision } = this.state.position
    const entry = new EntryBuilder()
    entry.add(bytes)
    const header = { stateVersion: stateVersionMax, term: 1, number: number + 1, previous: number }
    const data = entry.build({ ...header, firstRevision: revision + 1 })
    const applied = this.state.apply({ index: index + 1, term: 1 }, fromBinary(EntrySchema, data))
    return answerTo(applied.transactions[0]!.outcome, { incarnation: this.incarnation, replayed: false })
  }

  /** All rows of a table, ascending by key. */
  rows<Desc extends DescMessage>(table: Table<Desc>): readonly Stored<MessageShape<Desc>>[] {
    return [...this.all(table)]
  }

  /** The only row of a table; throws if there is none, or a second one. */
  only<Desc extends DescMessage>(table: Table<Desc>): Stored<MessageShape<Desc>> {
    const rows = this.rows(table)
    if (rows.length !== 1) throw new Error(`table ${table.name} holds ${rows.length} rows, not one`)
    return rows[0]!
  }

  #evaluate<Request>(rule: Rule<Request>, request: Request) {
    const facts: EvaluationRequest = {
      principal: 'anonymous@loopback',
      tenant: '',
      requestId: uuid7({ timeMs: this.logTimeMs, random: this.#random(10) }),
      method: 'trivet.testing.v1.TestingService/Run',
      reason: '',
      viaPeer: 'given',
      sourceAddress: '127.0.0.1:1',
      ...this.#facts,
      digest: new Uint8Array(),
      evaluate: (read) => rule(read, request),
    }
    const { catalog } = this.state
    const times = { timeMs: this.timeMs, logTimeMs: this.logTimeMs }
    const random = (sizeBytes: number) => this.#random(sizeBytes)
    return evaluate({ catalog, source: this.state, times, incarnation: this.incarnation, random }, facts)
  }

  /** Counts, so that a story has the same ids each time it is told. */
  #random(sizeBytes: number): Uint8Array {
    this.#drawn += 1
    const bytes = new Uint8Array(sizeBytes)
    new DataView(bytes.buffer).setUint32(sizeBytes - 4, this.#drawn)
    return bytes
  }
}

function flatten(fixtures: readonly Fixture[]): readonly Write[] {
  const isList = (fixture: Fixture): fixture is readonly Fixture[] => Array.isArray(fixture)
  return fixtures.flatMap((fixture) => (isList(fixture) ? flatten(fixture) : [fixture]))
}
