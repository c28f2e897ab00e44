/** How a script's text names what it was rendered from: the first group of the first pattern that matches. */
export interface StampPatterns {
  readonly revision: readonly RegExp[]
  readonly attempt: readonly RegExp[]
}

/**
 * `revision` as a word of a comment or as a setting, followed by a space, `=` or `:` and the value, or else all of a
 * comment `from:` that lists revisions; `attempt-id`, or else `attempt`, likewise:
 * `# revision 120 attempt att-7`, `set revision 120`, `# attempt-id: att-7`, `# from: node@12, template t@3`.
 */
export const defaultStampPatterns: StampPatterns = {
  revision: [named('revision'), /^#(?!!)\s*from:\s*(.+?)\s*$/im],
  attempt: [named('attempt-id'), named('attempt')],
}

/** What the script says about itself; `null` where it says nothing. */
export function stampOf(
  script: string,
  patterns: StampPatterns,
): { readonly revision: string | null; readonly attempt: string | null } {
  const first = (expressions: readonly RegExp[]) =>
    expressions.map((expression) => expression.exec(script)?.[1]).find((found) => found !== undefined) ?? null
  return { revision: first(patterns.revision), attempt: first(patterns.attempt) }
}

function named(word: string): RegExp {
  return new RegExp(`^(?:#(?!!).*?\\b|set\\s+(?:\\S*[./_-])?)${word}[\\s=:]\\s*([^\\s,;]+)`, 'im')
}
