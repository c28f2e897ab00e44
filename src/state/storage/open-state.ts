import type { AppliedMark } from '../../gen/trivet/log/v1/log_pb.ts'
import { trivetError } from '../../lib/errors.ts'
import type { Catalog } from '../catalog.ts'
import { HashSum } from '../pure/hash-sum.ts'
import type { KeptOutcome } from '../pure/outcomes.ts'
import { revisionOfKey } from '../pure/revision-key.ts'
import { stateVersionMax } from '../pure/state-version.ts'
import { State } from '../pure/state.ts'
import { sha256 } from '../sha256.ts'
import { ChangeExtent } from './change-extent.ts'
import type { KeyValue } from './key-value.ts'
import { changeKey, markKey, outcomeKey, rowKey } from './keys.ts'
import { pairSlices } from './pair-slices.ts'
import { decodeMark, decodeOutcome, decodeRow, encodeMark } from './records.ts'
import { damageOf } from './state-damaged.ts'

/** A state that was read back, or why it must not be served. */
export type OpenedState =
  | { readonly kind: 'open'; readonly state: State; readonly extent: ChangeExtent; readonly keyValue: KeyValue }
  | { readonly kind: 'damaged'; readonly reason: string }

/** What `openState` takes. */
export interface OpenStateOptions {
  readonly keyValue: KeyValue
  readonly catalog: Catalog
  /** For errors. */
  readonly directory: string
  /**
   * Given at the first start ever, when the store is made, with the incarnation that all peers of the new cluster
   * share; undefined ever after. A store that is empty then has lost what it held.
   */
  readonly format: { readonly incarnation: string } | undefined
  /** The newest state version that this peer understands; that of the release if absent. */
  readonly stateVersionMax?: number
}

/**
 * Reads the state back into memory: resident rows, outcomes and the mark, which are summed and compared with what the
 * mark says, because LevelDB drops damaged records silently. The log goes on from `state.position.index + 1`.
 * Errors: DATA_FORMAT_UNKNOWN for a state of a newer release; then nothing was changed.
 */
export async function openState(options: OpenStateOptions): Promise<OpenedState> {
  const { keyValue, format } = options
  const record = await keyValue.get(markKey)
  if (record === undefined) {
    if (format === undefined) return damaged('it says not how far it is')
    const [first] = await keyValue.range({ from: '', to: '\u{10ffff}', limit: 1 })
    if (first !== undefined) return damaged('it holds rows before it was made')
    return await formatState(options, format.incarnation)
  }
  const mark = decodeMark(record)
  if (mark === undefined) return damaged('what says how far it is does not agree with its checksum')
  if (format !== undefined && mark.index > 0n) return damaged('it was in use before it was made')
  const { stateVersionMax: known = stateVersionMax } = options
  if (mark.stateVersion > known) {
    const { directory } = options
    throw trivetError('DATA_FORMAT_UNKNOWN', { directory, found: mark.stateVersion, known })
  }
  try {
    return await readState(options, mark)
  } catch (error) {
    // A record that does not decode is as damaged as one that is missing.
    return damaged(error instanceof Error ? error.message : 'it does not decode')
  }
}

async function formatState(options: OpenStateOptions, incarnation: string): Promise<OpenedState> {
  const { keyValue } = options
  const state = emptyState(options, incarnation)
  await keyValue.batch([{ key: markKey, value: encodeMark(state) }], { sync: true })
  return { kind: 'open', state, extent: new ChangeExtent(), keyValue }
}

function emptyState(options: OpenStateOptions, incarnation: string): State {
  const { catalog, stateVersionMax: known } = options
  return new State({ catalog, sha256, incarnation, ...(known === undefined ? {} : { stateVersionMax: known }) })
}

async function readState(options: OpenStateOptions, mark: AppliedMark): Promise<OpenedState> {
  const { keyValue, catalog } = options
  const state = emptyState(options, mark.incarnation)
  for (const table of catalog.tables) {
    if (table.kind === 'archival') continue
    const prefix = rowKey(table.name, '')
    for await (const slice of pairSlices(keyValue, prefix)) {
      for (const { key, value } of slice) {
        state.restoreRow(table.name, decodeRow(table.row, key.slice(prefix.length), value).row)
      }
    }
  }
  if (!agree(state.residentHash, mark.residentHash)) return damaged('its rows are not those that were written')
  state.outcomes.restore(mark.requestFloor, await readOutcomes(keyValue))
  if (!agree(state.outcomes.hash, mark.outcomesHash)) return damaged('its outcomes are not those that were written')
  state.restorePosition(
    {
      index: Number(mark.index),
      term: Number(mark.term),
      number: Number(mark.number),
      revision: Number(mark.revision),
      logTimeMs: Number(mark.logTimeMs),
      stateVersion: mark.stateVersion,
    },
    mark.stateHash,
  )
  return { kind: 'open', state, extent: await readExtent(keyValue, state.revision), keyValue }
}

async function readOutcomes(keyValue: KeyValue): Promise<KeptOutcome[]> {
  const outcomes: KeptOutcome[] = []
  for await (const slice of pairSlices(keyValue, outcomeKey(0).slice(0, 2))) {
    for (const { value } of slice) {
      const outcome = decodeOutcome(value)
      if (outcome !== undefined) outcomes.push(outcome)
    }
  }
  return outcomes
}

/** What history there is without a gap up to the present revision. One that is damaged is shorter, not wrong. */
async function readExtent(keyValue: KeyValue, revision: number): Promise<ChangeExtent> {
  const extent = new ChangeExtent()
  const prefix = changeKey(0).slice(0, 2)
  let last = 0
  for await (const slice of pairSlices(keyValue, prefix)) {
    for (const { key, value } of slice) {
      last = revisionOfKey(key.slice(prefix.length))
      extent.add(last, value.length)
    }
  }
  if (last !== revision) extent.beginAt(revision + 1)
  return extent
}

function agree(sum: HashSum, bytes: Uint8Array): boolean {
  const kept = new HashSum()
  kept.set(bytes)
  return kept.toString() === sum.toString()
}

function damaged(what: string): OpenedState {
  return { kind: 'damaged', reason: damageOf(what) }
}
