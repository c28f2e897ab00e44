/**
 * What the log promises does not hold: this peer must not go on, for it would no longer be like the others. Whoever
 * catches it ends the process; the reason stands in its text.
 */
export class StateInvariantError extends Error {
  override readonly name = 'StateInvariantError'
}

/** Throws `StateInvariantError` unless `holds`. Never switched off. */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new StateInvariantError(what)
}
