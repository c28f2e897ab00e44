import { limits } from './limits.ts'

/** Kinds of firmware that promise `$expand` and do not keep it: they are not asked twice. Shared by all connections. */
export class BrokenExpand {
  readonly #kinds = new Set<string>()

  has(kind: string): boolean {
    return this.#kinds.has(kind)
  }

  /** The oldest goes first when there are too many. */
  add(kind: string): void {
    const oldest = this.#kinds.values().next()
    if (this.#kinds.size >= limits.brokenExpandMax && oldest.done === false) this.#kinds.delete(oldest.value)
    this.#kinds.add(kind)
  }
}
