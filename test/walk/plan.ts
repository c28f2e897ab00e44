import { seededRandom } from '../support/room/random.ts'

/** What the moments of a session are counted by. */
export type Counted = 'ledger line' | 'fetch' | 'commit'

/** What one case does to which peer, and when. All of it follows from the seed. */
export interface Plan {
  readonly seed: number
  readonly moment: { readonly counted: Counted; readonly nth: number }
  readonly victim: 'leader' | 'follower'
  /** Which one, where there are several: an index that wraps around. */
  readonly pick: number
  readonly blow: { readonly kind: 'kill' } | { readonly kind: 'freeze'; readonly forMs: number }
  /** The peers behind the site's one boot address, best first. */
  readonly order: readonly string[]
}

/**
 * How far moments are counted: a session of six nodes that nobody disturbs has at least so many, so that every moment
 * comes. Measured: 102 lines, 42 fetches, 60 to 66 commits; in the first case the nodes are off already, and it is 84
 * lines and three commits a node less.
 */
const latest: Readonly<Record<Counted, number>> = { 'ledger line': 82, fetch: 41, commit: 40 }

/** From shorter than a heartbeat's pause to longer than every time-out of an election. */
const freezeMs = { min: 50, max: 4_000 }

/** The case of one seed. */
export function planOf(seed: number, peers: readonly string[]): Plan {
  const random = seededRandom(`walk ${seed}`)
  const oneOf = <Choice>(choices: readonly Choice[]): Choice => choices[Math.floor(random.next() * choices.length)]!
  const counted = oneOf<Counted>(['ledger line', 'fetch', 'commit'])
  return {
    seed,
    moment: { counted, nth: 1 + Math.floor(random.next() * latest[counted]) },
    // Leaders do the work that can go wrong; one of three would be struck too seldom.
    victim: oneOf(['leader', 'leader', 'follower']),
    pick: Math.floor(random.next() * peers.length),
    blow: random.next() < 0.5 ? { kind: 'kill' } : { kind: 'freeze', forMs: Math.round(random.between(freezeMs)) },
    order: random.shuffled(peers),
  }
}

/** The case in words. */
export function wordsOf({ seed, moment, victim, blow }: Plan): string {
  const done = blow.kind === 'kill' ? 'killed' : `frozen for ${blow.forMs} ms`
  return `seed ${seed}: the ${victim === 'leader' ? 'leader' : 'n-th follower'} is ${done} at ${moment.counted} ${moment.nth}`
}
