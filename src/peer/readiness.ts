/** One condition of readiness. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  /** What is missing, in words, or what is to be known although it holds; '' if there is nothing to say. */
  readonly reason: string
}

/**
 * Whether this peer may answer, and if not, why. Conditions are named and asked each time: nothing is remembered that
 * could be out of date.
 */
export class Readiness {
  readonly #checks = new Map<string, { readonly say: () => string; readonly isNote: boolean }>()

  /** Adds a condition: `missing` says what is missing, '' if it holds. */
  add(name: string, missing: () => string): void {
    this.#checks.set(name, { say: missing, isNote: false })
  }

  /** Adds something to be known, which does not make this peer unready. */
  note(name: string, say: () => string): void {
    this.#checks.set(name, { say, isNote: true })
  }

  /** All conditions, in the order in which they were added. */
  checks(): readonly Check[] {
    return [...this.#checks].map(([name, { say, isNote }]) => {
      const reason = say()
      return { name, ok: isNote || reason === '', reason }
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
  const lines = checks.map(({ name, ok, reason }) =>
    ok ? `[+]${name} ok${reason === '' ? '' : `: ${reason}`}` : `[-]${name} failed: ${reason}`,
  )
  const passed = checks.every(({ ok }) => ok)
  return [...lines, `${endpoint} check ${passed ? 'passed' : 'failed'}`, ''].join('\n')
}
