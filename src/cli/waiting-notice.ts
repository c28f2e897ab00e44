import { waitingLookEveryMs } from './limits.ts'

/** What a command waits for, as whoever it asks says: undefined if that peer would answer. May not reject. */
export type LookWhy = () => Promise<string | undefined>

/**
 * Breaks the silence of a command that has got no answer for a while, because no leader is known or no peer is there:
 * says what the peer that it asks says of itself, each reason once. A call that merely takes its time stays quiet.
 */
export class WaitingNotice {
  readonly #say: (reason: string) => void
  readonly #look: LookWhy
  #isMuted = false
  readonly #said = new Set<string>()

  constructor(options: { readonly say: (reason: string) => void; readonly look: LookWhy }) {
    this.#say = options.say
    this.#look = options.look
  }

  /** Watches over something that is waited for; call what it gives when the wait is over, once or more. */
  begin(): () => void {
    let isOver = false
    let isLooking = false
    const timer = setInterval(() => {
      if (isLooking) return
      isLooking = true
      void this.#look().then((reason) => {
        isLooking = false
        if (!isOver && reason !== undefined) this.#sayOnce(reason)
      })
    }, waitingLookEveryMs)
    return () => {
      isOver = true
      clearInterval(timer)
    }
  }

  /** Nothing is said from here on. */
  mute(): void {
    this.#isMuted = true
  }

  #sayOnce(reason: string): void {
    if (this.#isMuted || this.#said.has(reason)) return
    this.#said.add(reason)
    this.#say(reason)
  }
}
