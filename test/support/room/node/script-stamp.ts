/** How a script's text names what it was rendered from. The first group of each is the name. */
export interface StampPatterns {
  readonly revision: RegExp
  readonly attempt: RegExp
}

/**
 * `revision` and `attempt` as a word of a comment or as a setting, followed by a space, `=` or `:` and the value:
 * `# revision 120 attempt att-7`, `set revision 120`, `# attempt: att-7`.
 */
export const defaultStampPatterns: StampPatterns = {
  revision: /^(?:#(?!!).*?\b|set\s+(?:\S*[./_-])?)revision[\s=:]\s*([^\s,;]+)/im,
  attempt: /^(?:#(?!!).*?\b|set\s+(?:\S*[./_-])?)attempt[\s=:]\s*([^\s,;]+)/im,
}

/** What the script says about itself; `null` where it says nothing. */
export function stampOf(
  script: string,
  patterns: StampPatterns,
): { readonly revision: string | null; readonly attempt: string | null } {
  return {
    revision: patterns.revision.exec(script)?.[1] ?? null,
    attempt: patterns.attempt.exec(script)?.[1] ?? null,
  }
}
