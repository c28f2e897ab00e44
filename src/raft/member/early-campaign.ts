import type { PeerId } from '../core/types.ts'
import type { LinkState } from '../transport/transport.ts'
import type { Clock, Stop } from './clock.ts'
import { earlyCampaignMs, earlyCampaignsMax } from './limits.ts'

export interface EarlyCampaignOptions {
  readonly clock: Clock
  /** A whole number in [0, below). */
  readonly random: (below: number) => number
  forgetLeader(): void
  campaign(): void
}

/**
 * Notices that the leader's process is gone before the election time-out tells so: its connections have reset in both
 * directions, and when dialled again its host says that nobody listens. Then this peer forgets the leader, so that it
 * may answer another one's pre-vote, and asks for pre-votes itself after a short random time.
 *
 * This is a hint and no more: a wrong one costs an election, not safety, which rests on votes. A frozen process, a cut
 * cable or a lost packet gives no such hint; those wait for the time-out.
 */
export class EarlyCampaign {
  readonly #options: EarlyCampaignOptions
  readonly #links = new Map<PeerId, LinkState>()
  /** Peers with which this one was connected since it last lost or gave up hope of them. */
  readonly #wasConnected = new Set<PeerId>()
  #leader: PeerId = ''
  #gone: PeerId = ''
  #campaignsLeft = 0
  #stop: Stop | undefined

  constructor(options: EarlyCampaignOptions) {
    this.#options = options
  }

  linkChanged(peer: PeerId, link: LinkState): void {
    this.#links.set(peer, link)
    if (link.outgoing) this.#wasConnected.add(peer)
    if (peer === this.#gone && (link.outgoing || link.incoming)) this.#end()
    this.#look()
  }

  /** The leader as the core knows it; '' if none. */
  leaderChanged(leader: PeerId): void {
    this.#leader = leader
    if (leader === '') return
    this.#end()
    this.#look()
  }

  /**
   * Another peer asks for votes: this one waits for how that ends. Else its own question would reach the other one in
   * the moment between its election and its first heartbeat, and depose it.
   */
  heardCandidate(): void {
    if (this.#gone === '') return
    this.#stop?.()
    this.#campaignLater(this.#campaignsLeft)
  }

  stop(): void {
    this.#end()
  }

  #look(): void {
    const leader = this.#leader
    const link = this.#links.get(leader)
    if (link === undefined || link.outgoing || link.incoming || !link.refused) return
    if (!this.#wasConnected.delete(leader)) return
    this.#gone = leader
    this.#options.forgetLeader()
    this.#campaignLater(earlyCampaignsMax)
  }

  /** Again and again, for the other peers may notice later, or campaign at the same moment and split the votes. */
  #campaignLater(campaigns: number): void {
    if (campaigns === 0) return this.#end()
    this.#campaignsLeft = campaigns
    const { clock, random } = this.#options
    const delayMs = earlyCampaignMs.min + random(earlyCampaignMs.max - earlyCampaignMs.min)
    this.#stop = clock.after(delayMs, () => {
      this.#options.campaign()
      if (this.#gone !== '') this.#campaignLater(campaigns - 1)
    })
  }

  #end(): void {
    this.#gone = ''
    this.#stop?.()
    this.#stop = undefined
  }
}
