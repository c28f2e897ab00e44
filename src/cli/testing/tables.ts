import { nouns } from '../../gen/cli/nouns.ts'
import type { CommandTable, FieldTable } from '../table.ts'

/** The table of one command of the real API. */
export async function commandOf(noun: string, verb: string): Promise<CommandTable> {
  const entry = nouns.find((each) => each.noun === noun)!
  const { commands } = await entry.load()
  return commands.find((command) => command.verb === verb)!
}

/** A field with the least that a table has; `overrides` say the rest. */
export function field(overrides: Partial<FieldTable> = {}): FieldTable {
  return { path: 'field', kind: 'string', placeholder: 'VALUE', help: 'A field.', ...overrides }
}
