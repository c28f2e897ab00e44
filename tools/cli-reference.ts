import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { programFlags, type ProgramFlag } from '../src/cli/program-flags.ts'
import { fieldFlag, fieldHelp, usageLine } from '../src/cli/help-text.ts'
import type { CommandTable, NounTable } from '../src/cli/table.ts'
import { nouns } from '../src/gen/cli/nouns.ts'

/** Where the reference lies. */
export const cliReferenceFile = join(import.meta.dirname, '../docs/integrate/cli-reference.md')

/** The reference of all commands as Markdown, from the same tables as the help texts. */
export async function cliReference(): Promise<string> {
  const tables = await Promise.all(nouns.map(({ load }) => load()))
  return `${[intro, ...tables.map(nounSection)].join('\n\n')}\n`
}

const intro = `# Commands

\`trivet NOUN VERB [ARGUMENT …] [--FLAG …]\`. Made from \`proto/\` by \`npm run generate\`; \`trivet NOUN VERB --help\` says the
same. Exit codes: [exit-codes.md](../operate/exit-codes.md).

Flags of many commands:

${programFlags.map(programFlagLine).join('\n')}

Nodesets are quoted in a shell: \`'x1000c0s[0-3]b0n0,@compute!x1000c0s1b0n0'\`. JSON and YAML have the names of fields as in
\`proto/\`, values of enums in small letters without prefix (\`running\`), times in RFC 3339, durations as \`90s\`, and 64-bit
numbers as texts, as protobuf's own JSON has them.`

function programFlagLine(flag: ProgramFlag): string {
  const letter = flag.short === undefined ? '' : `, -${flag.short}`
  const value = flag.placeholder === undefined ? '' : ` ${flag.placeholder}`
  return `- \`--${flag.name}${letter}${value}\`: ${flag.help}`
}

function nounSection({ noun, summary, commands }: NounTable): string {
  return [`## ${noun}`, summary, ...commands.map(commandSection)].join('\n\n')
}

function commandSection(table: CommandTable): string {
  const lines = [
    ...table.arguments.map((field) => `- \`${field.placeholder}\`: ${fieldHelp(field, { isArgument: true })}`),
    ...table.flags.map((field) => `- \`${fieldFlag(field)}\`: ${fieldHelp(field, { isArgument: false })}`),
    ...flagsOfSome(table).map(({ name }) => `- \`--${name}\``),
  ]
  return [
    `### ${table.noun} ${table.verb}`,
    table.help,
    `\`\`\`\n${usageLine(table)}\n\`\`\``,
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    `Examples:\n\n\`\`\`sh\n${table.examples.map((example) => `trivet ${example}`).join('\n')}\n\`\`\``,
  ].join('\n\n')
}

/** Flags without a value that this command has and others do not. */
function flagsOfSome(table: CommandTable): readonly ProgramFlag[] {
  return programFlags.filter((flag: ProgramFlag) => flag.isFor?.(table) === true && flag.placeholder === undefined)
}

if (import.meta.main) {
  mkdirSync(dirname(cliReferenceFile), { recursive: true })
  writeFileSync(cliReferenceFile, await cliReference())
}
