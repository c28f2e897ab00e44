import type { Readable } from 'node:stream'

/** Where text goes: a terminal, a pipe or a file; in tests a string. */
export interface TextOutput {
  write(text: string): unknown
  /** True for a terminal. */
  readonly isTTY?: boolean | undefined
  /** Size of the terminal, in characters. */
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/** Where text comes from. A terminal can be told not to show what is typed. */
export type TextInput = Readable & {
  readonly isTTY?: boolean | undefined
  setRawMode?: (isRaw: boolean) => unknown
}

/** What a run of the CLI sees of the world beside files and the network. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: TextInput
  readonly stdout: TextOutput
  readonly stderr: TextOutput
  /** Ends what follows or watches; whoever aborts it wants a quiet end. */
  readonly signal: AbortSignal
}
