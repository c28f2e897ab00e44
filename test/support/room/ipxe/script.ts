import type { ScriptPlace } from './script-error.ts'
import { ScriptError } from './script-error.ts'

/** One line of a script, after continuation lines were joined. */
export interface ScriptLine {
  /** Of its first line in the text, from 1. */
  readonly number: number
  readonly label: string | undefined
  readonly commands: readonly ScriptCommand[]
}

export interface ScriptCommand {
  /** When it runs: always, or by the status of what ran before it on the line. */
  readonly when: 'always' | 'on_success' | 'on_failure'
  /**
   * Name and arguments, not yet expanded: settings are expanded word by word just before the command runs.
   * Empty for what stands behind a last `||`: it does nothing, successfully.
   */
  readonly words: readonly string[]
}

export const scriptBytesMax = 262_144

const separators: ReadonlyMap<string, ScriptCommand['when']> = new Map([
  [';', 'always'],
  ['&&', 'on_success'],
  ['||', 'on_failure'],
])

/** True for what iPXE takes for a script: `#!ipxe` and white space, as the very first bytes. */
export function isScript(body: Buffer): boolean {
  return /^#!ipxe\s$/.test(body.toString('latin1', 0, 7))
}

/**
 * Takes a script apart as src/image/script.c and src/core/exec.c of iPXE do, and refuses what they would silently
 * misunderstand. Throws ScriptError.
 */
export function parseScript(body: Buffer, script: string): ScriptLine[] {
  if (!isScript(body)) throw new ScriptError('a script starts with #!ipxe')
  if (body.length > scriptBytesMax) throw new ScriptError(`a script of ${body.length} bytes is over ${scriptBytesMax}`)
  const text = body.toString('utf8')
  if (text.includes('\u{FFFD}')) throw new ScriptError('the script is not UTF-8')
  const lines: ScriptLine[] = []
  const labels = new Set<string>()
  for (const { number, content } of logicalLines(text)) {
    const place = { script, line: number }
    const line = parseLine(content, place)
    if (line.label !== undefined && labels.has(line.label)) {
      throw new ScriptError(`the label :${line.label} is there twice; goto finds the first only`, place)
    }
    if (line.label !== undefined) labels.add(line.label)
    lines.push(line)
  }
  return lines
}

function* logicalLines(text: string): Generator<{ readonly number: number; readonly content: string }> {
  const physical = text.split('\n')
  for (let index = 0; index < physical.length; index++) {
    const number = index + 1
    let content = withoutReturn(physical[index]!)
    while (content.endsWith('\\')) {
      index++
      const next = physical[index]
      if (next === undefined) throw new ScriptError('the script ends in a backslash')
      content = content.slice(0, -1) + withoutReturn(next)
    }
    yield { number, content }
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function parseLine(content: string, place: ScriptPlace): ScriptLine {
  for (const character of content) {
    const isControl = (character < ' ' && character !== '\t') || character === '\u{7F}'
    if (isControl) throw new ScriptError(`control character ${character.charCodeAt(0)}`, place)
  }
  const trimmed = content.trim()
  const label = /^:(\S*)/.exec(trimmed)?.[1]
  if (label === '') throw new ScriptError('a label without a name', place)
  const rest = label === undefined ? trimmed : trimmed.slice(label.length + 1)
  return { number: place.line, label, commands: parseCommands(rest, place) }
}

function parseCommands(text: string, place: ScriptPlace): ScriptCommand[] {
  const words = text.split(/[ \t]+/).filter((word) => word !== '')
  const comment = words.findIndex((word) => word.startsWith('#'))
  if (comment >= 0) words.length = comment
  if (words.length === 0) return []
  const commands: { when: ScriptCommand['when']; words: string[] }[] = [{ when: 'always', words: [] }]
  for (const word of words) {
    const when = separators.get(word)
    if (when === undefined) commands.at(-1)!.words.push(word)
    else commands.push({ when, words: [] })
  }
  // `command ||` is how scripts say that a failure does not matter: doing nothing instead succeeds.
  const last = commands.at(-1)!
  const ignoresFailure = commands.length > 1 && last.when === 'on_failure' && last.words.length === 0
  if (commands.some((command) => command.words.length === 0 && !(ignoresFailure && command === last))) {
    throw new ScriptError('nothing stands before or behind &&, || or ;', place)
  }
  return commands
}
