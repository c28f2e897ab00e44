/** What lies on this peer's disk is not the state that was written: rows or outcomes are lost, or are other ones. */
export class StateDamaged extends Error {
  override readonly name = 'StateDamaged'

  constructor(what: string) {
    super(damageOf(what))
  }
}

/** The reason that a person reads, wherever it was found out. */
export function damageOf(what: string): string {
  return `the state on disk is damaged: ${what}`
}
