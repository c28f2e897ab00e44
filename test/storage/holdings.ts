import { createHash } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { Level } from 'level'
import { StoredRowSchema } from '../../src/gen/trivet/log/v1/log_pb.ts'
import { readIdentityFiles, type Identity } from '../../src/raft/store/identity.ts'
import { indexOfKey, recordKeys } from '../../src/raft/store/keys.ts'
import { decodeHardState, decodeTruncation } from '../../src/raft/store/records.ts'
import { readWitness } from '../../src/raft/store/tail-witness.ts'
import { readVotes, type Vote } from '../../src/raft/store/vote-slots.ts'
import { decodeMark } from '../../src/state/storage/records.ts'

/**
 * What the files of a peer that does not run hold, seen from outside. Of the peer's own code only that is used which says
 * what a record means: what is there and what is not is found out by comparing bytes, so that a check of the peer which
 * has gone blind does not blind this one, too.
 */
export interface Holdings {
  /** Digests of the entries of the log by index. */
  readonly entries: ReadonlyMap<number, string>
  /** The index behind which the log begins; undefined if it does not say so. */
  readonly beginning: number | undefined
  /** Digest of the configuration at the beginning; '' if it is not there. */
  readonly configuration: string
  /** What any of the three places says about votes. */
  readonly votes: readonly Pick<Vote, 'term' | 'vote'>[]
  /** Those that can be read, of the two files. */
  readonly identities: readonly Pick<Identity, 'nonce' | 'peerId' | 'starts'>[]
  /** A slot of the tail witness can be read. */
  readonly hasWitness: boolean
  /** Of the directory that the pointer names; undefined if it does not open. */
  readonly state: StateHoldings | undefined
  /** Digest of the sealing key; '' if there is none. */
  readonly sealKey: string
}

export interface StateHoldings {
  /** Name of its directory. */
  readonly name: string
  /** How far it is; undefined if it does not say so. */
  readonly mark: { readonly index: number; readonly revision: number; readonly digest: string } | undefined
  readonly rows: ReadonlyMap<string, { readonly revision: number; readonly digest: string }>
  readonly outcomes: ReadonlyMap<string, string>
}

/** Reads a data directory by a copy, for LevelDB puts its files in order when it opens them. */
export async function holdingsOf(dataDir: string, sealKeyFile: string): Promise<Holdings> {
  const copy = await mkdtemp(join(tmpdir(), 'trivet-holdings-'))
  try {
    const state = await stateNameIn(dataDir)
    for (const [from, to] of [
      ['raft/log', 'log'],
      [state, 'state'],
    ] as const) {
      await cp(join(dataDir, from), join(copy, to), { recursive: true }).catch(unlessMissing)
    }
    const file = (name: string) => readFile(join(dataDir, 'raft', name)).catch(unlessMissing)
    const identities = [await file('identity.json'), await file('identity.copy.json')].flatMap((bytes) => {
      const reading = readIdentityFiles(bytes, undefined)
      return reading.kind === 'read' ? [reading.identity] : []
    })
    const log = await logIn(join(copy, 'log'))
    const votes = votesIn([await file('vote.0'), await file('vote.1')], identities)
    const key = await readFile(sealKeyFile, 'utf8').catch(unlessMissing)
    return {
      entries: log.entries,
      beginning: log.beginning,
      configuration: log.configuration,
      votes: [...votes, ...log.votes],
      identities,
      hasWitness: readWitness(await file('witness')).kind === 'read',
      state: await stateIn(join(copy, 'state'), state),
      sealKey: key === undefined ? '' : digestOf(Buffer.from(key.trim())),
    }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

/** What every peer has that was ever ready, and this one seems to lack. */
export function unseenIn(holdings: Holdings): readonly string[] {
  const { entries, beginning, configuration, votes, identities, hasWitness, state, sealKey } = holdings
  const seen = {
    entries: entries.size > 0,
    beginning: beginning !== undefined,
    configuration: configuration !== '',
    // Of both files and of the log.
    votes: votes.length === 3,
    identities: identities.length === 2,
    witness: hasWitness,
    mark: state?.mark !== undefined,
    rows: (state?.rows.size ?? 0) > 0,
    outcomes: (state?.outcomes.size ?? 0) > 0,
    key: sealKey !== '',
  }
  return Object.entries(seen).flatMap(([what, isSeen]) => (isSeen ? [] : [what]))
}

/** Name of the directory that holds the state of a data directory, whether it is there or not. */
export async function stateNameIn(dataDir: string): Promise<string> {
  const pointer = await readFile(join(dataDir, 'state.pointer'), 'utf8').catch(unlessMissing)
  if (pointer === undefined) return 'state'
  const names = await readdir(dataDir)
  // A pointer to nothing must not lead out of the directory.
  return names.find((name) => name === pointer.trim()) ?? 'state.lost'
}

/** A vote is that of a data directory: with the nonce of another one it is none. */
function votesIn(
  files: readonly (Uint8Array | undefined)[],
  identities: readonly Identity[],
): readonly Pick<Vote, 'term' | 'vote'>[] {
  const nonces = new Set(identities.map(({ nonce }) => nonce))
  return files.flatMap((file) =>
    [...nonces].flatMap((nonce) => {
      const reading = readVotes([file, file], nonce)
      return reading.kind === 'read' ? [{ term: reading.newest.term, vote: reading.newest.vote }] : []
    }),
  )
}

type LogHoldings = Pick<Holdings, 'entries' | 'beginning' | 'configuration' | 'votes'>

async function logIn(directory: string): Promise<LogHoldings> {
  const pairs = (await pairsIn(directory)) ?? []
  const record = (key: Uint8Array) => pairs.find(([found]) => Buffer.from(found).equals(key))?.[1]
  const [hardState, truncation, configuration] = [
    record(recordKeys.hardState),
    record(recordKeys.truncation),
    record(recordKeys.configuration),
  ]
  const promised = hardState && decodeHardState(hardState)
  return {
    entries: new Map(
      pairs.flatMap(([key, value]) => {
        const index = indexOfKey(key)
        return index === undefined ? [] : [[index, digestOf(value)] as const]
      }),
    ),
    beginning: truncation && decodeTruncation(truncation)?.index,
    configuration: configuration === undefined ? '' : digestOf(configuration),
    votes: promised === undefined ? [] : [{ term: promised.term, vote: promised.vote }],
  }
}

async function stateIn(directory: string, name: string): Promise<StateHoldings | undefined> {
  const pairs = await pairsIn(directory)
  if (pairs === undefined) return undefined
  const named = pairs.map(([key, value]) => ({ key: Buffer.from(key).toString(), value }))
  const record = named.find(({ key }) => key === 'm')?.value
  const mark = record && decodeMark(record)
  const beginningWith = (prefix: string) => named.filter(({ key }) => key.startsWith(prefix))
  return {
    name,
    mark: record && mark && { index: Number(mark.index), revision: Number(mark.revision), digest: digestOf(record) },
    rows: new Map(
      beginningWith('r/').map(({ key, value }) => [key, { revision: revisionIn(value), digest: digestOf(value) }]),
    ),
    outcomes: new Map(beginningWith('o/').map(({ key, value }) => [key, digestOf(value)])),
  }
}

/** -1 of what is no row any more. */
function revisionIn(row: Uint8Array): number {
  try {
    return Number(fromBinary(StoredRowSchema, row).revision)
  } catch {
    return -1
  }
}

/** All that a LevelDB gives, up to where it says itself that something is wrong; undefined if it does not open. */
async function pairsIn(directory: string): Promise<readonly (readonly [Uint8Array, Uint8Array])[] | undefined> {
  const encodings = { keyEncoding: 'view', valueEncoding: 'view' } as const
  const level = new Level<Uint8Array, Uint8Array>(directory, { ...encodings, createIfMissing: false })
  try {
    await level.open()
  } catch {
    return undefined
  }
  const pairs: (readonly [Uint8Array, Uint8Array])[] = []
  try {
    for await (const [key, value] of level.iterator()) pairs.push([Uint8Array.from(key), Uint8Array.from(value)])
  } catch {
    // What it has given before is there.
  } finally {
    await level.close()
  }
  return pairs
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return
  throw error
}
