/**
 * This peer does not evaluate writes, and what was asked did not happen here and will not. Internal: the service
 * kernel sends the request on, with the same request id.
 */
export class NotLeader extends Error {
  override readonly name = 'NotLeader'
  /** The leader as far as this peer knows; '' if none. */
  readonly leader: string

  constructor(leader: string) {
    super(leader === '' ? 'no leader is known' : `the leader is ${leader}`)
    this.leader = leader
  }
}
