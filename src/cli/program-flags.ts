import type { CommandTable } from './table.ts'

/** A flag that comes with the program and not from a request. */
export interface ProgramFlag {
  readonly name: string
  readonly short?: string
  /** The word for its value; absent for a flag that has none. */
  readonly placeholder?: string
  readonly help: string
  /** The commands that have it; absent for all of them. */
  readonly isFor?: (command: CommandTable) => boolean
}

/** Addresses of the API when nobody says otherwise. */
export const serverDefault = '127.0.0.1:7400'

/** The forms of an answer. */
export const outputFormats = ['table', 'json', 'yaml'] as const

export type OutputFormat = (typeof outputFormats)[number]

/** The flags of whole kinds of commands. No field of a request may be called like one of them. */
export const programFlags = [
  {
    name: 'wait',
    help: 'Follow the work until it ends; the exit code is 0 if all of it succeeded, else 1.',
    isFor: ({ starts }) => starts !== undefined,
  },
  {
    name: 'watch',
    help: 'Show the answer again whenever it changes, until interrupted.',
    isFor: ({ watchable }) => watchable === true,
  },
  {
    name: 'reason',
    placeholder: 'TEXT',
    help: 'Why; kept with the change.',
    isFor: ({ write }) => write !== undefined,
  },
  {
    name: 'request-id',
    placeholder: 'UUID',
    help: 'Repeat the request of this id, whose outcome is not known: it is carried out once.',
    isFor: ({ write }) => write !== undefined,
  },
  {
    name: 'server',
    placeholder: 'ADDRESSES',
    help: `Peers to ask, host:port by commas; the next one is tried when one is away. TRIVET_SERVER, else ${serverDefault}.`,
  },
  {
    name: 'output',
    short: 'o',
    placeholder: outputFormats.join('|'),
    help: 'Form of the answer; table if left out.',
  },
  { name: 'no-header', help: 'Print tables without their first line.' },
  {
    name: 'timeout',
    placeholder: 'DURATION',
    help: 'Give up after this long: 90s, 5m. 30s if left out, never for what follows or watches.',
  },
  { name: 'help', short: 'h', help: 'Show this text.' },
] as const satisfies readonly ProgramFlag[]

export type ProgramFlagName = (typeof programFlags)[number]['name']

export const programFlagNames: readonly string[] = [...programFlags.map(({ name }) => name), 'version']

/** The common flags of one command. */
export function programFlagsOf(command: CommandTable): readonly ProgramFlag[] {
  return programFlags.filter((flag: ProgramFlag) => flag.isFor === undefined || flag.isFor(command))
}
