/** Where in a script. */
export interface ScriptPlace {
  readonly script: string
  /** Number of the line in the script's text, from 1. */
  readonly line: number
}

/**
 * A script that a real iPXE would not do what its author meant by: an unknown command, a wrong option, a line that
 * does not parse, a label that is not there. Some of these a real iPXE lets pass after `||`; here they always end the
 * boot, so that a test sees them.
 */
export class ScriptError extends Error {
  override readonly name = 'ScriptError'
  readonly place: ScriptPlace | undefined

  constructor(message: string, place?: ScriptPlace) {
    super(place === undefined ? message : `${place.script} line ${place.line}: ${message}`)
    this.place = place
  }

  /** The same error with its place; an error that has one already keeps it. */
  at(place: ScriptPlace): ScriptError {
    return this.place === undefined ? new ScriptError(this.message, place) : this
  }
}
