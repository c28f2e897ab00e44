import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { DescMessage } from '@bufbuild/protobuf'
import type { AppliedMark, StoredChange } from '../../gen/trivet/log/v1/log_pb.ts'
import {
  AppliedMarkSchema,
  RowChangeSchema,
  StoredChangeSchema,
  StoredOutcomeSchema,
  StoredRowSchema,
} from '../../gen/trivet/log/v1/log_pb.ts'
import type { AppliedTransaction } from '../pure/applied.ts'
import { bytesOfHex, hexOf } from '../pure/hex.ts'
import type { KeptOutcome } from '../pure/outcomes.ts'
import { Row } from '../pure/row.ts'
import type { State } from '../pure/state.ts'
import { sha256 } from '../sha256.ts'

/** A row as LevelDB holds it; an archival one with its hash. */
export function encodeRow({ revision, bytes: value, unique, buckets, owner }: Row, rowHash?: Uint8Array): Uint8Array {
  const row = create(StoredRowSchema, {
    revision: BigInt(revision),
    value,
    owner,
    unique: [...unique],
    buckets: [...buckets],
  })
  if (rowHash !== undefined) row.rowHash = rowHash
  return toBinary(StoredRowSchema, row)
}

export function decodeRow(desc: DescMessage, key: string, bytes: Uint8Array): { row: Row; hash: Uint8Array } {
  const { revision, value, unique, buckets, owner, rowHash } = fromBinary(StoredRowSchema, bytes)
  const row = new Row(desc, { key, revision: Number(revision), bytes: new Uint8Array(value), unique, buckets, owner })
  return { row, hash: rowHash }
}

export function encodeOutcome(kept: KeptOutcome): Uint8Array {
  const { principal, requestId, digest, revision, logTimeMs, outcome } = kept
  return toBinary(
    StoredOutcomeSchema,
    create(StoredOutcomeSchema, {
      principal,
      requestId,
      requestDigest: bytesOfHex(digest),
      revision: BigInt(revision),
      logTimeMs: BigInt(logTimeMs),
      outcome,
    }),
  )
}

/** Undefined if the record is not whole. */
export function decodeOutcome(bytes: Uint8Array): KeptOutcome | undefined {
  const { principal, requestId, requestDigest, revision, logTimeMs, outcome } = fromBinary(StoredOutcomeSchema, bytes)
  if (outcome === undefined) return undefined
  const digest = hexOf(requestDigest)
  return { principal, requestId, digest, revision: Number(revision), logTimeMs: Number(logTimeMs), outcome }
}

/** What the change history keeps of a transaction. */
export function changeOf({ revision, transaction, changes, outcome }: AppliedTransaction): StoredChange {
  const { timeMs, logTimeMs, principal, requestId, method, reason, viaPeer, tenant, sourceAddress } = transaction
  const rows = changes.map(({ table, key, before, after }) => {
    const row = create(RowChangeSchema, { table, key })
    if (before !== undefined) row.before = before
    if (after !== undefined) row.after = after
    return row
  })
  return create(StoredChangeSchema, {
    revision: BigInt(revision),
    timeMs,
    logTimeMs,
    principal,
    requestId,
    method,
    reason,
    viaPeer,
    tenant,
    sourceAddress,
    code: outcome.outcome.code,
    rows,
  })
}

export function encodeChange(change: StoredChange): Uint8Array {
  return toBinary(StoredChangeSchema, change)
}

export function decodeChange(bytes: Uint8Array): StoredChange {
  return fromBinary(StoredChangeSchema, bytes)
}

/** How far the state is, behind a checksum of its own. */
export function encodeMark(state: State): Uint8Array {
  const { index, term, number, revision, logTimeMs, stateVersion } = state.position
  const mark = create(AppliedMarkSchema, {
    index: BigInt(index),
    term: BigInt(term),
    number: BigInt(number),
    revision: BigInt(revision),
    logTimeMs: BigInt(logTimeMs),
    stateVersion,
    requestFloor: state.outcomes.floor,
    stateHash: state.hash.toBytes(),
    residentHash: state.residentHash.toBytes(),
    outcomesHash: state.outcomes.hash.toBytes(),
    incarnation: state.incarnation,
  })
  return sealMark(mark)
}

/** The mark of a state that came from elsewhere. */
export function sealMark(mark: AppliedMark): Uint8Array {
  const bytes = toBinary(AppliedMarkSchema, mark)
  return new Uint8Array([...checksum(bytes), ...bytes])
}

/** Undefined if the record is damaged. */
export function decodeMark(record: Uint8Array): AppliedMark | undefined {
  const bytes = record.subarray(checksumSizeBytes)
  if (Buffer.compare(record.subarray(0, checksumSizeBytes), checksum(bytes)) !== 0) return undefined
  return fromBinary(AppliedMarkSchema, bytes)
}

const checksumSizeBytes = 16

function checksum(bytes: Uint8Array): Uint8Array {
  return sha256(bytes).subarray(0, checksumSizeBytes)
}
