/** The lease as it stands in memory that both threads share. */
export interface Lease {
  /** The term that this peer leads; 0 if none. */
  readonly term: number
  /** No other peer can have become leader before this, in nanoseconds of `process.hrtime.bigint()`. */
  readonly endsAtNs: bigint
}

const at = { sequence: 0, term: 1, endsAtNs: 2 } as const
const cells = 3

/** No lease. */
const none: Lease = { term: 0, endsAtNs: 0n }

/** A reader that met a writer this often gives up, as if there was no lease. */
const attemptsMax = 1000

/**
 * The lease in shared memory: one thread writes, others read. A sequence number that is odd while the writer works and
 * differs after it tells a reader that it read half of each (a seqlock), so term and end always belong together.
 */
export class LeaseCell {
  readonly buffer: SharedArrayBuffer
  readonly #cells: BigInt64Array

  constructor(buffer = new SharedArrayBuffer(cells * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#cells = new BigInt64Array(buffer)
  }

  /** By the worker alone. */
  write(lease: Lease): void {
    Atomics.add(this.#cells, at.sequence, 1n)
    Atomics.store(this.#cells, at.term, BigInt(lease.term))
    Atomics.store(this.#cells, at.endsAtNs, lease.endsAtNs)
    Atomics.add(this.#cells, at.sequence, 1n)
  }

  clear(): void {
    this.write(none)
  }

  read(): Lease {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const before = Atomics.load(this.#cells, at.sequence)
      const term = Number(Atomics.load(this.#cells, at.term))
      const endsAtNs = Atomics.load(this.#cells, at.endsAtNs)
      const isWhole = before % 2n === 0n && before === Atomics.load(this.#cells, at.sequence)
      if (isWhole) return { term, endsAtNs }
    }
    return none
  }
}
