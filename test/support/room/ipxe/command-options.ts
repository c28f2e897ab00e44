import { ScriptError } from './script-error.ts'

/** The options of a command: long name → short name, and whether it takes a value. */
export type OptionShapes = Readonly<Record<string, { readonly short: string; readonly takesValue: boolean }>>

export interface ParsedArguments {
  /** Long name → value; empty for an option without one. */
  readonly options: ReadonlyMap<string, string>
  readonly operands: readonly string[]
}

/**
 * Splits arguments as iPXE's getopt does: options end at the first word that is none, so that kernel parameters may
 * start with a dash. Throws ScriptError on an unknown option or a missing value.
 */
export function parseArguments(words: readonly string[], shapes: OptionShapes): ParsedArguments {
  const options = new Map<string, string>()
  let index = 0
  for (; index < words.length; index++) {
    const word = words[index]!
    if (word === '--') {
      index++
      break
    }
    if (!word.startsWith('-') || word === '-') break
    const equals = word.startsWith('--') ? word.indexOf('=') : -1
    const given = equals < 0 ? word : word.slice(0, equals)
    const found = Object.entries(shapes).find(([name, shape]) => given === `--${name}` || given === `-${shape.short}`)
    if (found === undefined) throw new ScriptError(`unrecognised option ${given}`)
    const [name, shape] = found
    if (!shape.takesValue) {
      if (equals >= 0) throw new ScriptError(`option --${name} takes no value`)
      options.set(name, '')
      continue
    }
    const value = equals < 0 ? words[++index] : word.slice(equals + 1)
    if (value === undefined) throw new ScriptError(`option --${name} needs a value`)
    options.set(name, value)
  }
  return { options, operands: words.slice(index) }
}
