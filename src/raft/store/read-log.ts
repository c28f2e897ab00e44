import type { Configuration } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import type { HardState } from '../core/types.ts'
import { sameChain, type Chain } from './chain.ts'
import { decodeConfiguration } from './configuration.ts'
import { decodeFrame, follows, FrameError } from './frame.ts'
import { entriesFrom, indexOfKey, recordKeys } from './keys.ts'
import type { KeyValue } from './key-value.ts'
import { LogWindow, type WindowLimits } from './log-window.ts'
import { decodeHardState, decodeTruncation, type TruncationPoint } from './records.ts'
import type { Witness } from './tail-witness.ts'
import { TermRuns } from './term-runs.ts'

/** A log as it stands in memory after it has been read and found whole. */
export interface LogImage {
  readonly truncation: TruncationPoint
  readonly hardState: HardState
  readonly configuration: Configuration
  readonly lastIndex: number
  readonly lastChain: Chain
  readonly terms: TermRuns
  readonly window: LogWindow
}

/** What the log must hold by what is known outside it. */
export interface Expectations {
  /** Watermark of the identity. */
  readonly mustHaveIndex: number
  /** What the main thread has applied; only what stood in this log was ever given to it. */
  readonly appliedIndex: number
  readonly witness: Witness | undefined
}

export type LogReading =
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'whole'; readonly image: LogImage; readonly witness: 'kept' | 'lost' }

/**
 * Reads the whole log and believes nothing: each frame's checksums and place, the chain through all of them, no hole,
 * no fallen term, and an end that is not before what must be there.
 */
export async function readLog(
  keyValue: KeyValue,
  options: { readonly expectations: Expectations; readonly windowLimits: WindowLimits },
): Promise<LogReading> {
  const records = readRecords(keyValue)
  if (typeof records === 'string') return { kind: 'broken', reason: records }
  const { truncation, hardState } = records
  const { witness, mustHaveIndex, appliedIndex } = options.expectations
  const terms = new TermRuns(truncation)
  const window = new LogWindow(options.windowLimits)
  let last: { index: number; term: number; chain: Chain } = truncation
  let witnessKept = witness !== undefined && isWitness(witness, truncation)
  try {
    for await (const slice of keyValue.slices(entriesFrom(0))) {
      for (const [key, value] of slice) {
        const index = last.index + 1
        checkPlace(key, index)
        const frame = decodeFrame(value, index)
        if (!follows(value, last.chain)) throw new FrameError(`entry ${index} breaks the chain`)
        if (frame.entry.term < last.term) throw new FrameError(`entry ${index} has a term below the one before it`)
        terms.append(frame.entry)
        window.append(frame)
        last = { index, term: frame.entry.term, chain: frame.chain }
        witnessKept ||= witness !== undefined && isWitness(witness, last)
      }
    }
  } catch (error) {
    if (error instanceof FrameError) return { kind: 'broken', reason: error.message }
    throw error
  }
  const needed = Math.max(mustHaveIndex, hardState.commit, appliedIndex, Number(records.configuration.index))
  if (last.index < needed) {
    return { kind: 'broken', reason: `it ends with entry ${last.index}, but entry ${needed} was committed` }
  }
  if (hardState.term < last.term) {
    return { kind: 'broken', reason: `its last entry has term ${last.term}, but the hard state term ${hardState.term}` }
  }
  const image = { ...records, lastIndex: last.index, lastChain: last.chain, terms, window }
  return { kind: 'whole', image, witness: witnessKept ? 'kept' : 'lost' }
}

function readRecords(keyValue: KeyValue): Pick<LogImage, 'truncation' | 'hardState' | 'configuration'> | string {
  const [truncation, hardState, configuration] = [
    keyValue.get(recordKeys.truncation),
    keyValue.get(recordKeys.hardState),
    keyValue.get(recordKeys.configuration),
  ]
  if (truncation === undefined && hardState === undefined && configuration === undefined) return 'it is empty'
  const decoded = {
    truncation: truncation && decodeTruncation(truncation),
    hardState: hardState && decodeHardState(hardState),
    configuration: configuration && decodeConfiguration(configuration),
  }
  if (decoded.truncation === undefined) return 'its truncation point is lost'
  if (decoded.hardState === undefined) return 'its hard state is lost'
  if (decoded.configuration === undefined) return 'its configuration is lost'
  return { truncation: decoded.truncation, hardState: decoded.hardState, configuration: decoded.configuration }
}

function checkPlace(key: Uint8Array, expected: number): void {
  const index = indexOfKey(key)
  if (index === undefined) throw new FrameError(`a key that is no entry's stands before entry ${expected}`)
  if (index > expected + 1) throw new FrameError(`entries ${expected} to ${index - 1} are missing`)
  if (index > expected) throw new FrameError(`entry ${expected} is missing`)
  if (index < expected) throw new FrameError(`entry ${index} stands before the beginning`)
}

function isWitness(witness: Witness, last: { index: number; term: number; chain: Chain }): boolean {
  return witness.index === last.index && witness.term === last.term && sameChain(witness.chain, last.chain)
}
