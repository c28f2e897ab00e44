/** A history that cannot be judged, because a line of it is not what the form asks for. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError'
  readonly file: string
  readonly line: number
  readonly reason: string

  constructor(at: { readonly file: string; readonly line: number }, reason: string) {
    super(`${at.file}:${at.line}: ${reason}`)
    this.file = at.file
    this.line = at.line
    this.reason = reason
  }
}
