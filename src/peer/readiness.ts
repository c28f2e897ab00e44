/** One condition of readiness. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  /** What is missing, in words; '' if it holds. */
  readonly reason: string
}

/**
 * Whether this peer may answer, and if not, why. Conditions are named and asked each time: nothing is remembered that
 * could be out of date.
 */
export class Readiness {
  readonly #checks = new Map<string, () => string>()

  /** Adds a condition: `missing` says what is missing, '' if it holds. */
  add(name: string, missing: () => string): void {
    this.#checks.set(name, missing)
  }

  /** All conditions, in the order in which they were added. */
  checks(): readonly Check[] {
    return [...this.#checks].map(([name, missing]) => {
      const reason = missing()
      return { name, ok: reason === '', reason }
    })
  }

  /** The reasons of those that do not hold, '' if all do; of these conditions, or of all. */
  missing(...names: readonly string[]): string {
    return this.checks()
      .filter(({ name, ok }) => !ok && (names.length === 0 || names.includes(name)))
      .map((check) => check.reason)
      .join('; ')
  }
}

/** The text of `/readyz?verbose`, in the form that etcd and Kubernetes use. */
export function verboseChecks(endpoint: string, checks: readonly Check[]): string {
  const lines = checks.map(({ name, ok, reason }) => (ok ? `[+]${name} ok` : `[-]${name} failed: ${reason}`))
  const passed = checks.every(({ ok }) => ok)
  return [...lines, `${endpoint} check ${passed ? 'passed' : 'failed'}`, ''].join('\n')
}
