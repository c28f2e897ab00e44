import { suggestion } from '../lib/closest.ts'
import { programFlags, type ProgramFlag } from './program-flags.ts'
import { usageError } from './usage-error.ts'

/** A command line, taken apart as far as that needs no table. */
export interface CommandLine {
  readonly noun: string | undefined
  readonly verb: string | undefined
  /** Everything else, in order: common flags from before the verb, then what follows it. */
  readonly rest: readonly string[]
  /** `--help` stands where no command is complete yet. */
  readonly help: boolean
  readonly version: boolean
}

/** Flags that may stand before noun and verb: those that every command has. */
const earlyFlags: readonly ProgramFlag[] = programFlags.filter((flag: ProgramFlag) => flag.isFor === undefined)

/**
 * Finds noun and verb. Flags that all commands share may stand before them; `help node list` is `node list --help`.
 * Errors: USAGE for a flag that no command has, or that stands too early.
 */
export function splitCommandLine(argv: readonly string[]): CommandLine {
  const words: string[] = []
  const rest: string[] = []
  let help = false
  let version = false
  let at = 0
  for (; at < argv.length && words.length < 2; at++) {
    const word = argv[at]!
    if (words.length === 0 && !help && word === 'help') help = true
    else if (!word.startsWith('-') || word === '-') words.push(word)
    else if (word === '--help' || word === '-h') help = true
    else if (words.length === 0 && (word === '--version' || word === '-V')) version = true
    else {
      rest.push(word)
      if (takesNextWord(word, words) && at + 1 < argv.length) rest.push(argv[++at]!)
    }
  }
  const [noun, verb] = words
  return { noun, verb, rest: [...rest, ...argv.slice(at)], help, version }
}

/**
 * The form that errors take. It is looked for without understanding the line, because it matters most when the line
 * cannot be understood.
 */
export function wantsJsonErrors(argv: readonly string[]): boolean {
  return argv.some((word, at) => {
    if (word === '-ojson' || word === '--output=json' || word === '-o=json') return true
    return word === 'json' && ['-o', '--output'].includes(argv[at - 1] ?? '')
  })
}

/** True when the flag's value is the next word of the line. */
function takesNextWord(word: string, words: readonly string[]): boolean {
  const [name = ''] = word.split('=', 1)
  const flag = earlyFlags.find(
    ({ name: long, short }) =>
      name === `--${long}` || (short !== undefined && name.startsWith(`-${short}`) && !name.startsWith('--')),
  )
  if (flag === undefined) {
    const near = suggestion(
      name,
      earlyFlags.map((known) => `--${known.name}`),
    )
    const place = words.length === 0 ? 'before a noun' : 'between noun and verb'
    throw usageError(words.join(' '), `${name} is not a flag that can stand ${place}${near}`)
  }
  if (flag.placeholder === undefined) return false
  return word === `--${flag.name}` || word === `-${flag.short}`
}
