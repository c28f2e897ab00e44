import { localAppend, type Message } from '../core/types.ts'

/** The first entry of a term stands among the entries that its new leader wants written first. */
export function firstIndexOf(term: number, messages: readonly Message[]): number {
  for (const message of messages) {
    const first = message.to === localAppend ? message.entries.find((entry) => entry.term === term) : undefined
    if (first !== undefined) return first.index
  }
  throw new Error(`the leader of term ${term} has not appended its first entry`)
}
