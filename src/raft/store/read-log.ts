import type { Configuration } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import type { HardState } from '../core/types.ts'
import { sameChain, type Chain } from './chain.ts'
import { ConfigurationHistory } from './configuration-history.ts'
import { decodeConfiguration } from './configuration.ts'
import { decodeFrame, follows, FrameError, type Frame } from './frame.ts'
import { entriesFrom, indexOfKey, recordKeys } from './keys.ts'
import { KeyValueError, type KeyValue } from './key-value.ts'
import { LogSizes } from './log-sizes.ts'
import { LogWindow, type WindowLimits } from './log-window.ts'
import { decodeHardState, decodeTruncation, type TruncationPoint } from './records.ts'
import type { Witness } from './tail-witness.ts'
import { TermRuns } from './term-runs.ts'

/** A log as it stands in memory after it has been read and found whole. */
export interface LogImage {
  readonly truncation: TruncationPoint
  readonly hardState: HardState
  readonly configurations: ConfigurationHistory
  readonly lastIndex: number
  readonly lastChain: Chain
  readonly terms: TermRuns
  readonly sizes: LogSizes
  readonly window: LogWindow
}

/** What the log must hold by what is known outside it. */
export interface Expectations {
  /** Watermark of the identity. */
  readonly mustHaveIndex: number
  /** What the main thread has applied; only what stood in this log was ever given to it. */
  readonly appliedIndex: number
  /** It is being repaired, and known not to reach that far. */
  readonly mayBeShort: boolean
  readonly witness: Witness | undefined
}

export type LogReading =
  /** With its hard state, should that be whole: it tells whether the vote files are older. */
  | { readonly kind: 'broken'; readonly reason: string; readonly hardState?: HardState | undefined }
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
  const { witness, mustHaveIndex, appliedIndex, mayBeShort } = options.expectations
  const terms = new TermRuns(truncation)
  const sizes = new LogSizes(truncation)
  const window = new LogWindow(options.windowLimits)
  const configurations = new ConfigurationHistory(records.configuration)
  let last: Position = truncation
  let witnessKept = witness !== undefined && isWitness(witness, truncation)
  const broken = (reason: string): LogReading => ({ kind: 'broken', reason, hardState })
  try {
    for await (const slice of wholeFrames(keyValue, truncation)) {
      for (const { frame } of slice) {
        terms.append(frame.entry)
        sizes.append(frame.entry.data.length)
        window.append(frame)
        configurations.append(frame.entry)
        last = { index: frame.entry.index, term: frame.entry.term, chain: frame.chain }
        witnessKept ||= witness !== undefined && isWitness(witness, last)
      }
    }
  } catch (error) {
    if (isDamage(error)) return broken(error.message)
    throw error
  }
  const known = mayBeShort ? 0 : Math.max(mustHaveIndex, appliedIndex)
  const needed = Math.max(known, hardState.commit, Number(records.configuration.index))
  if (last.index < needed) {
    return broken(`it ends with entry ${last.index}, but entry ${needed} was committed`)
  }
  if (hardState.term < last.term) {
    return broken(`its last entry has term ${last.term}, but the hard state term ${hardState.term}`)
  }
  const end = { lastIndex: last.index, lastChain: last.chain }
  const image = { truncation, hardState, configurations, ...end, terms, sizes, window }
  return { kind: 'whole', image, witness: witnessKept ? 'kept' : 'lost' }
}

/** What is thrown where something is wrong with what is on the disk, and nothing else is. */
export function isDamage(error: unknown): error is Error {
  return error instanceof FrameError || error instanceof KeyValueError
}

/** An entry as it stands, and what stands for all before it. */
export interface Position {
  readonly index: number
  readonly term: number
  readonly chain: Chain
}

/** A frame with the bytes that it was read from. */
export interface RawFrame {
  readonly key: Uint8Array
  readonly bytes: Uint8Array
  readonly frame: Frame
}

/**
 * The frames behind the truncation point, as long as each has its place, its checksums, its chain and no lower term
 * than the one before it. Throws `FrameError` at the first that has not, after all before it have been given.
 */
export async function* wholeFrames(keyValue: KeyValue, truncation: Position): AsyncIterable<readonly RawFrame[]> {
  let last = truncation
  // Not from the beginning of all keys: a seek over what a compaction has deleted takes LevelDB 100 ms and more.
  for await (const slice of keyValue.slices(entriesFrom(truncation.index + 1))) {
    const whole: RawFrame[] = []
    try {
      for (const [key, bytes] of slice) {
        const index = last.index + 1
        checkPlace(key, index)
        const frame = decodeFrame(bytes, index)
        if (!follows(bytes, last.chain)) throw new FrameError(`entry ${index} breaks the chain`)
        if (frame.entry.term < last.term) throw new FrameError(`entry ${index} has a term below the one before it`)
        last = { index, term: frame.entry.term, chain: frame.chain }
        whole.push({ key, bytes, frame })
      }
    } catch (error) {
      if (whole.length > 0) yield whole
      throw error
    }
    yield whole
  }
}

/** What stands beside the entries. */
export interface LogRecords extends Pick<LogImage, 'truncation' | 'hardState'> {
  /** The one at the beginning of the log: see `ConfigurationHistory`. */
  readonly configuration: Configuration
}

/** The records beside the entries; a text says which is lost. */
export function readRecords(keyValue: KeyValue): LogRecords | string {
  let found: readonly (Uint8Array | undefined)[]
  try {
    found = [recordKeys.truncation, recordKeys.hardState, recordKeys.configuration].map((key) => keyValue.get(key))
  } catch (error) {
    if (isDamage(error)) return error.message
    throw error
  }
  const [truncation, hardState, configuration] = found
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
}

function isWitness(witness: Witness, last: Position): boolean {
  return witness.index === last.index && witness.term === last.term && sameChain(witness.chain, last.chain)
}
