/** What a peer was when something struck it. */
export const roles = ['leader', 'follower', 'candidate'] as const
export type StruckRole = (typeof roles)[number]

/**
 * What the cluster was doing. `electing`: nobody evaluates in the newest term yet, though one of an older term may
 * believe that it leads. `recovering`: somebody does, and a peer is behind or just opening. `writing`: writes are on
 * their way. `steady`: none of these.
 */
export const phases = ['steady', 'writing', 'electing', 'recovering'] as const
export type Phase = (typeof phases)[number]

/** One cell of the table. */
export interface Cell {
  readonly role: StruckRole
  readonly phase: Phase
}

export const cells: readonly Cell[] = phases.flatMap((phase) => roles.map((role) => ({ role, phase })))

/** How often each disturbance struck which role in which phase. */
export class Coverage {
  readonly #counts = new Map<string, number[]>()

  constructor(names: readonly string[]) {
    for (const name of names)
      this.#counts.set(
        name,
        cells.map(() => 0),
      )
  }

  strikes(name: string, { role, phase }: Cell): void {
    const counts = this.#counts.get(name)!
    counts[cells.findIndex((cell) => cell.role === role && cell.phase === phase)]!++
  }

  add(other: CoverageTable): void {
    for (const [name, counts] of Object.entries(other)) {
      const own = this.#counts.get(name)
      if (own !== undefined) for (const [at, count] of counts.entries()) own[at]! += count
    }
  }

  table(): CoverageTable {
    return Object.fromEntries(this.#counts)
  }

  get strikesCount(): number {
    return [...this.#counts.values()].flat().reduce((sum, count) => sum + count, 0)
  }

  /** Cells that nothing has ever struck, as `fault × role × phase`. */
  zeroCells(): readonly string[] {
    return [...this.#counts].flatMap(([name, counts]) =>
      cells.filter((_, at) => counts[at] === 0).map(({ role, phase }) => `${name} × ${role} × ${phase}`),
    )
  }
}

/** Counts by disturbance, in the order of `cells`. */
export type CoverageTable = Readonly<Record<string, readonly number[]>>
