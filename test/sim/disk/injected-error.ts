import type { DiskSession } from './disk-session.ts'

/** A write that a fault has made fail; tells whose it was, wherever the rejection ends. */
export class InjectedError extends Error {
  override readonly name = 'InjectedError'
  readonly session: DiskSession

  constructor(session: DiskSession) {
    super('EIO: i/o error, fdatasync')
    this.session = session
  }
}
