/** What must hold, by the names under which a report counts violations. */
export type Invariant =
  | 'election safety'
  | 'log matching'
  | 'leader completeness'
  | 'state machine safety'
  | 'commit durability'
  | 'kept promises'
  | 'primary order'
  | 'exactly once'
  | 'right results'
  | 'real-time order'
  | 'equal state'
  | 'change stream'
  | 'one lease'
  | 'log time'
  | 'no needless death'
  | 'no needless damage'
  | 'liveness'

/** Something that must hold does not. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly invariant: Invariant

  constructor(invariant: Invariant, what: string) {
    super(what)
    this.invariant = invariant
  }
}

export function expectHolds(holds: boolean, invariant: Invariant, what: () => string): asserts holds {
  if (!holds) throw new Violation(invariant, what())
}
