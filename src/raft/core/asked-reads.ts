import { readsPendingMax } from './limits.ts'

/**
 * Reads that this peer has asked for, of its leader or of itself.
 *
 * A caller may give a context twice, because its first read timed out. An answer to the first read must not be taken for
 * one to the second: what was committed between them would be missing from it. So each read gets a number that goes to
 * the leader and back with its context, and of two reads with one context only the later one is answered.
 */
export class AskedReads {
  /** Contexts by the name under which the leader knows them, and the other way round. */
  readonly #contexts = new Map<string, string>()
  readonly #names = new Map<string, string>()
  #numbers = 0

  /** The name of a new read. Beyond the limit the oldest one is given up, as if its answer had been lost. */
  ask(context: string): string {
    this.withdraw(context)
    if (this.#contexts.size >= readsPendingMax) this.#forget(this.#contexts.keys().next().value)
    const name = `${++this.#numbers}/${context}`
    this.#contexts.set(name, context)
    this.#names.set(context, name)
    return name
  }

  /** The read with this context is not answered any more. */
  withdraw(context: string): void {
    this.#forget(this.#names.get(context))
  }

  /** The context of the read that was given this name; undefined if it was answered, or given up. */
  answer(name: string): string | undefined {
    const context = this.#contexts.get(name)
    this.#forget(name)
    return context
  }

  /** Whoever was asked does not lead any more. Numbers go on. */
  giveUp(): void {
    this.#contexts.clear()
    this.#names.clear()
  }

  #forget(name: string | undefined): void {
    const context = name === undefined ? undefined : this.#contexts.get(name)
    if (name === undefined || context === undefined) return
    this.#contexts.delete(name)
    this.#names.delete(context)
  }
}
