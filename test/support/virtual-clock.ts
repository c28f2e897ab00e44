import type { Clock } from '../../src/lib/clock.ts'

/** Clocks that stand still until a test moves them. */
export class VirtualClock implements Clock {
  #wallMs: number
  #monotonicMs: number

  constructor(start: { readonly wallMs?: number; readonly monotonicMs?: number } = {}) {
    this.#wallMs = start.wallMs ?? Date.UTC(2026, 0, 1)
    this.#monotonicMs = start.monotonicMs ?? 0
  }

  wallMs(): number {
    return this.#wallMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  /** Time passes, on both clocks. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`time does not pass by ${ms} ms`)
    this.#wallMs += ms
    this.#monotonicMs += ms
  }

  /** Somebody sets the wall clock, forwards or back; the monotonic one does not notice. */
  jumpWall(ms: number): void {
    this.#wallMs += ms
  }
}
