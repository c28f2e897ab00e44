import type { KeyValue } from './key-value.ts'

/** The state's directory as long as none was installed. */
export const firstStateName = 'state'

/** The state that was made anew last, as it was found, for whoever wants to know what happened to it. */
export const damagedStateName = 'state.damaged'

/** Names that directories of states have: the first one, and those that were installed. */
export const stateNamePattern = /^state(\.[0-9a-f]{16})?$/

/**
 * The directories of a data directory that hold states, and the pointer that says which of them counts. A state is
 * replaced by making another one beside it and moving the pointer: whatever interrupts that, one of the two counts, whole.
 */
export interface StateDirectories {
  /** The one that counts; undefined if the pointer is not what was written. */
  current(): Promise<string | undefined>
  /** Makes this one count, durably. Everything in it is durable already. */
  point(name: string): Promise<void>
  /** Opens one; with `create` makes it. */
  open(name: string, options: { readonly create: boolean }): Promise<KeyValue>
  /** Those that are there, whole or not, except what is kept for analysis. */
  names(): Promise<readonly string[]>
  /** Removes one, file by file; no error if it is not there. */
  remove(name: string): Promise<void>
  /**
   * Keeps one for analysis, in place of the one that was kept before, and makes the first one count, which is not there
   * after that. Interrupted anywhere, it leaves a pointer to nothing, and is done again.
   */
  setAside(name: string): Promise<void>
}
