import { CoreInvariantError, type Facts } from './errors.ts'

/** Asserts what must hold; on in production. `facts` is only called when it does not. */
export function invariant(holds: boolean, claim: string, facts?: () => Facts): asserts holds {
  if (!holds) throw new CoreInvariantError(claim, facts?.())
}

/** Asserts that a term or index is a whole number that JavaScript counts exactly: below 2^53. */
export function assertCount(value: number, name: string): void {
  invariant(Number.isSafeInteger(value) && value >= 0, 'a term or index is a whole number below 2^53', () => ({
    [name]: value,
  }))
}
