import { chainBytes, type Chain } from './chain.ts'
import { seal, unseal } from './sealed-record.ts'
import { writeUint64 } from './uint64.ts'

/** Name of the file with both slots. */
export const witnessFile = 'witness'

/** A slot has a page to itself, so that a torn page takes only one of them. */
const slotBytes = 4096

/** Size of the file, which is made with the data directory and never grows. */
export const witnessBytes = 2 * slotBytes

const version = 1
const contentBytes = 1 + 8 + 8 + 8 + chainBytes

/**
 * An entry that the log is known to hold. LevelDB may lose the tail of its own log without a word, and what is left
 * looks whole from inside: after a deleted write-ahead log, thousands of acknowledged entries were gone, with open OK.
 * So every resolved batch leaves its last entry here, outside LevelDB.
 */
export interface Witness {
  readonly index: number
  readonly term: number
  readonly chain: Chain
}

/** One write of the witness: where in the file, and what. */
export function encodeWitness(witness: Witness, sequence: number): { position: number; bytes: Uint8Array } {
  const content = Buffer.alloc(contentBytes)
  content[0] = version
  writeUint64(content, sequence, 1)
  writeUint64(content, witness.index, 9)
  writeUint64(content, witness.term, 17)
  content.set(witness.chain, 25)
  return { position: (sequence % 2) * slotBytes, bytes: seal(content) }
}

/** A new file: both slots hold the same witness. */
export function newWitnessFile(witness: Witness): Uint8Array {
  const file = new Uint8Array(witnessBytes)
  for (const sequence of [0, 1]) {
    const { position, bytes } = encodeWitness(witness, sequence)
    file.set(bytes, position)
  }
  return file
}

/** What the file says. */
export type WitnessReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string }
  /** `isTorn`: the other slot does not pass its checksum. */
  | { readonly kind: 'read'; readonly witness: Witness; readonly sequence: number; readonly isTorn: boolean }

/** Takes the newer valid slot: the older one may name an entry that has been overwritten since. */
export function readWitness(file: Uint8Array | undefined): WitnessReading {
  if (file === undefined) return { kind: 'absent' }
  const slots = [0, 1].map((slot) => decodeSlot(file, slot)).filter((slot) => slot !== undefined)
  const newest = slots.sort((one, other) => other.sequence - one.sequence)[0]
  if (newest === undefined) return { kind: 'broken', reason: 'no slot of the tail witness passes its checksum' }
  return { kind: 'read', ...newest, isTorn: slots.length === 1 }
}

function decodeSlot(file: Uint8Array, slot: number): { witness: Witness; sequence: number } | undefined {
  const unsealed = unseal(file.subarray(slot * slotBytes, slot * slotBytes + contentBytes + 4))
  if (unsealed === undefined || unsealed.length !== contentBytes || unsealed[0] !== version) return undefined
  const content = Buffer.from(unsealed.buffer, unsealed.byteOffset, unsealed.byteLength)
  const sequence = Number(content.readBigUInt64BE(1))
  if (sequence % 2 !== slot) return undefined
  const witness = {
    index: Number(content.readBigUInt64BE(9)),
    term: Number(content.readBigUInt64BE(17)),
    chain: Uint8Array.from(content.subarray(25)),
  }
  return { witness, sequence }
}
