/** The two threads of a peer. */
export type Thread = 'main' | 'raft'

const cellOf: Readonly<Record<Thread, number>> = { main: 0, raft: 1 }

/** A counter of each thread in shared memory, which shows the other one that its loop still turns. */
export class PulseCell {
  readonly buffer: SharedArrayBuffer
  readonly #cells: Int32Array

  constructor(buffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#cells = new Int32Array(buffer)
  }

  /** By that thread alone. */
  beat(thread: Thread): void {
    Atomics.add(this.#cells, cellOf[thread], 1)
  }

  /** Differs from what it was if that thread has gone on. */
  read(thread: Thread): number {
    return Atomics.load(this.#cells, cellOf[thread])
  }
}
