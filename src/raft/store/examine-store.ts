import { ConfigurationHistory } from './configuration-history.ts'
import type { PeerAddress } from './configuration.ts'
import { layout, type Disk } from './disk.ts'
import type { Identity } from './identity.ts'
import { KeyValueError, type KeyValue } from './key-value.ts'
import { readIdentityOf } from './read-directory.ts'
import { isDamage, readRecords, wholeFrames, type Position } from './read-log.ts'
import { readWitness, witnessFile } from './tail-witness.ts'
import { readVotes, voteFiles } from './vote-slots.ts'

/** What is left of the log in a data directory, and what is known to have been there. */
export interface Examination {
  readonly identity: Identity | undefined
  /** Up to here the log is whole from its beginning; undefined if nothing of it can be read. */
  readonly last: Position | undefined
  /** The entry that it begins behind: index 0 if it was never cut; undefined if nothing of it can be read. */
  readonly truncation: Position | undefined
  /** Those that were asked for, as far as it has them. The truncation point has its place among them. */
  readonly points: readonly Position[]
  /** Why it ends there; '' if that is its end. */
  readonly damage: string
  /** The peers of the configuration at its end. */
  readonly peers: readonly PeerAddress[]
  /** Data of the last normal entry up to `last` that has any. */
  readonly lastData: Uint8Array | undefined
  /** An entry with this index was in this log once. */
  readonly knownIndex: number
  /** The highest term that anything here speaks of. */
  readonly knownTerm: number
}

/**
 * Reads what can be read of the log in a data directory, whatever is wrong with it. LevelDB puts its own files in order
 * when it opens them: to be called on a copy. `indexes` are those of the points to tell.
 */
export async function examineStore(
  disk: Disk,
  { indexes = [] }: { readonly indexes?: readonly number[] } = {},
): Promise<Examination> {
  const path = (name: string) => `${layout.directory}/${name}`
  const reading = await readIdentityOf(disk)
  const identity = reading.kind === 'read' ? reading.identity : undefined
  const files = [await disk.files.read(path(voteFiles[0])), await disk.files.read(path(voteFiles[1]))] as const
  const votes = readVotes(files, identity?.nonce ?? '')
  const witness = readWitness(await disk.files.read(path(witnessFile)))
  const log = await examineLog(disk, path(layout.log), new Set(indexes))
  const witnessed = witness.kind === 'read' ? witness.witness : { index: 0, term: 0 }
  return {
    identity,
    ...log,
    knownIndex: Math.max(log.knownIndex, witnessed.index, identity?.mustHaveIndex ?? 0),
    knownTerm: Math.max(log.knownTerm, witnessed.term, votes.kind === 'read' ? votes.newest.term : 0),
  }
}

type LogExamination = Omit<Examination, 'identity'>

async function examineLog(disk: Disk, path: string, indexes: ReadonlySet<number>): Promise<LogExamination> {
  const nothing = {
    last: undefined,
    truncation: undefined,
    points: [],
    peers: [],
    lastData: undefined,
    knownIndex: 0,
    knownTerm: 0,
  }
  if (!(await disk.files.exists(path))) return { ...nothing, damage: 'it is missing' }
  let keyValue: KeyValue
  try {
    keyValue = await disk.openKeyValue(path, { create: false })
  } catch (error) {
    if (!(error instanceof KeyValueError)) throw error
    return { ...nothing, damage: error.message }
  }
  try {
    const records = readRecords(keyValue)
    if (typeof records === 'string') return { ...nothing, damage: records }
    const { truncation, hardState, configuration } = records
    const configurations = new ConfigurationHistory(configuration)
    let last: Position = truncation
    const points = indexes.has(truncation.index) ? [truncation] : []
    let lastData: Uint8Array | undefined
    let damage = ''
    try {
      for await (const slice of wholeFrames(keyValue, truncation)) {
        for (const { frame } of slice) {
          const { index, term, type, data } = frame.entry
          last = { index, term, chain: frame.chain }
          if (indexes.has(index)) points.push(last)
          configurations.append(frame.entry)
          if (type === 'normal' && data.length > 0) lastData = data
        }
      }
    } catch (error) {
      if (!isDamage(error)) throw error
      damage = error.message
    }
    const peers = configurations.at(last.index).peers.map(({ id, name, address }) => ({ id, name, address }))
    const knownIndex = Math.max(last.index, hardState.commit)
    const known = { knownIndex, knownTerm: Math.max(last.term, hardState.term) }
    return { last, truncation, points, damage, peers, lastData, ...known }
  } finally {
    await keyValue.close()
  }
}
