import { nouns } from '../gen/cli/nouns.ts'
import { shellWords } from './shell-words.ts'

/** An example of the documentation, ready to be run. */
export interface CommandExample {
  /** As it is documented, without `trivet `. */
  readonly line: string
  /** Its words, for `runCli`. */
  readonly argv: readonly string[]
  readonly noun: string
  readonly verb: string
}

/** Every example of every command, by noun in the order of the alphabet, by verb in that of the API. */
export async function commandExamples(): Promise<CommandExample[]> {
  const tables = await Promise.all(nouns.map(({ load }) => load()))
  return tables.flatMap(({ commands }) =>
    commands.flatMap(({ noun, verb, examples }) =>
      examples.map((line) => ({ line, argv: shellWords(line), noun, verb })),
    ),
  )
}
