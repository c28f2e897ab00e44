import { fromBinary } from '@bufbuild/protobuf'
import { EntrySchema } from '../../gen/trivet/log/v1/log_pb.ts'
import type { CommittedEntry } from '../consensus.ts'
import { State } from '../pure/state.ts'
import { sha256 } from '../sha256.ts'
import type { StateHash } from '../state-hashes.ts'
import { hashOf } from '../state-hashes.ts'
import { testCatalog } from './tables.ts'

/** A log as a release wrote it, and the state that it gives, for ever: one JSON file in `golden/`. */
export interface GoldenLog {
  readonly release: string
  readonly about: string
  readonly entries: readonly { readonly term: number; readonly data: string }[]
  readonly expected: StateHash
}

/** What a golden log is made of. */
export function goldenLogOf(
  facts: Pick<GoldenLog, 'release' | 'about'>,
  { state, entries }: { readonly state: State; readonly entries: readonly CommittedEntry[] },
): GoldenLog {
  const encoded = entries.map(({ term, data }) => ({ term, data: Buffer.from(data).toString('base64') }))
  return { ...facts, entries: encoded, expected: hashOf(state) }
}

/** The state that a golden log gives today. */
export function replayGolden({ entries }: GoldenLog): State {
  const state = new State({ catalog: testCatalog, sha256, incarnation: 'golden' })
  for (const [at, { term, data }] of entries.entries()) {
    const bytes = Buffer.from(data, 'base64')
    state.apply({ index: at + 1, term }, bytes.length === 0 ? undefined : fromBinary(EntrySchema, bytes))
  }
  return state
}
