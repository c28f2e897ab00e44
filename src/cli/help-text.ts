import { programFlagsOf, serverDefault, type ProgramFlag } from './program-flags.ts'
import { exitCodes } from './exit-codes.ts'
import { flagName } from './flag-name.ts'
import type { CommandTable, FieldTable, NounEntry } from './table.ts'

/** Lines of a help text are no longer than this, so that they can be read in any terminal and compared in tests. */
const widthMax = 100

/** `trivet --help`. */
export function programHelp(nouns: readonly NounEntry[]): string {
  return sections([
    'trivet runs the control plane of an HPC site: inventory, power, boot scripts, sessions.',
    usage('trivet NOUN VERB [ARGUMENT …] [--FLAG …]', 'trivet serve [--FLAG …]'),
    titled(
      'Nouns',
      nouns.map(({ noun, verbs, summary }) => [noun, `${summary} (${verbs.map(({ verb }) => verb).join(', ')})`]),
    ),
    titled('A peer', [
      ['serve', 'Run a peer in this process.'],
      ['recovery', 'Go on without what a majority lost (plan, apply), on stopped peers.'],
    ]),
    titled('Files', [['backup inspect FILE', 'Read a snapshot and verify it; needs no peer.']]),
    titled('Flags', [
      ['--help, -h', 'Show a help text, also behind a noun or a verb; `trivet help NOUN VERB` does too.'],
      ['--version, -V', 'Show the release.'],
    ]),
    titled('Environment', [
      ['TRIVET_SERVER', `Peers to ask, host:port by commas; ${serverDefault} if unset.`],
      ['NO_COLOR', 'Print without colours and weights.'],
    ]),
    titled(
      'Exit codes',
      Object.entries(exitCodes).map(([code, meaning]) => [code, meaning]),
    ),
  ])
}

/** `trivet NOUN --help`. */
export function nounHelp({ noun, summary, verbs }: NounEntry): string {
  return sections([
    summary,
    usage(`trivet ${noun} VERB [ARGUMENT …] [--FLAG …]`),
    titled(
      'Verbs',
      verbs.map((each) => [each.verb, each.summary]),
    ),
    `\`trivet ${noun} VERB --help\` says more about one of them.`,
  ])
}

/** `trivet NOUN VERB --help`. */
export function commandHelp(table: CommandTable): string {
  return sections([
    wrapped(table.help, ''),
    usage(usageLine(table)),
    titled(
      'Arguments',
      table.arguments.map((field) => [field.placeholder, fieldHelp(field, { isArgument: true })]),
    ),
    titled(
      'Flags',
      table.flags.map((field) => [fieldFlag(field), fieldHelp(field, { isArgument: false })]),
    ),
    titled(
      'Common flags',
      programFlagsOf(table).map((flag) => [programFlag(flag), flag.help]),
    ),
    titled(
      'Examples',
      table.examples.map((example) => [`trivet ${example}`, '']),
    ),
  ])
}

/** `trivet node get NODE [--FLAG …]`, with the flags that are needed. */
export function usageLine(table: CommandTable): string {
  const placed = table.arguments.map(({ placeholder, repeated }) =>
    repeated === true ? `${placeholder}…` : placeholder,
  )
  const needed = table.flags.filter(({ required, source }) => required === true && source !== 'secret').map(fieldFlag)
  return ['trivet', table.noun, table.verb, ...placed, ...needed, '[--FLAG …]'].join(' ')
}

/** A flag with the word for its value, as help texts write it. */
export function fieldFlag(field: FieldTable): string {
  const name = flagName(field)
  if (field.kind === 'bool') return `--[no-]${name}`
  return `--${name} ${field.source === 'secret' ? 'FILE' : field.placeholder}`
}

/** The comment of the field, and what follows from its kind. */
export function fieldHelp(field: FieldTable, options: { readonly isArgument: boolean }): string {
  const notes = [field.help]
  if (field.source === 'secret') notes.push('Read from a file, - for stdin; asked for at a terminal if left out.')
  if (field.source === 'file') notes.push('Read from a file, - for stdin.')
  if (field.repeated === true || field.kind === 'map') notes.push('Can be given more than once.')
  if (field.required === true && field.source !== 'secret' && !options.isArgument) notes.push('Required.')
  if (field.elements !== undefined) notes.push(`Keys: ${field.elements.map(({ path }) => path).join(', ')}.`)
  return notes.join(' ')
}

function programFlag({ name, short, placeholder }: ProgramFlag): string {
  const letter = short === undefined ? '' : `, -${short}`
  return `--${name}${letter}${placeholder === undefined ? '' : ` ${placeholder}`}`
}

function usage(...lines: readonly string[]): string {
  return `Usage:\n${lines.map((line) => `  ${line}`).join('\n')}`
}

/** A heading and two columns; nothing at all when there are no lines. What is long on the left has the line to itself. */
function titled(title: string, lines: readonly (readonly [string, string])[]): string {
  if (lines.length === 0) return ''
  const column = Math.min(32, Math.max(...lines.map(([left]) => left.length)) + 2)
  const indent = ' '.repeat(column + 2)
  const texts = lines.map(([left, right]) => {
    if (right === '') return `  ${left}`
    const text = wrapped(right, indent)
    return left.length + 2 > column ? `  ${left}\n${indent}${text}` : `  ${left.padEnd(column)}${text}`
  })
  return `${title}:\n${texts.join('\n')}`
}

/** The text in lines that fit; all but the first begin with the indent, which counts for the first too. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > widthMax) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${indent}`)
}

function sections(texts: readonly string[]): string {
  return `${texts.filter((text) => text !== '').join('\n\n')}\n`
}
