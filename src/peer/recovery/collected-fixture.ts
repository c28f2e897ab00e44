import { firstIncarnation } from '../state-dir.ts'
import type { Collected } from './collect.ts'

const clusterId = 'cluster'

/** What the directory of a peer holds whose log is whole up to entry 10 of term 3, and whose state stands there. */
export function whole(
  name: string,
  { state, ...other }: Partial<Omit<Collected, 'state'>> & StateGiven = {},
): Collected {
  return {
    directory: `/${name}`,
    clusterId,
    peerId: `id-${name}`,
    peerName: name,
    formatEpoch: 2,
    incarnation: '',
    truncationIndex: 0,
    lastIndex: 10,
    lastTerm: 3,
    lastChain: 'abc',
    lastRevision: 8,
    damage: '',
    points: [],
    state: {
      name: 'state',
      index: 10,
      term: 3,
      revision: 8,
      incarnation: firstIncarnation(clusterId),
      hash: 'h',
      problem: '',
      ...state,
    },
    knownIndex: 10,
    knownTerm: 3,
    peers: ['a', 'b', 'c'].map((peer) => ({ id: `id-${peer}`, name: peer, address: `${peer}:1` })),
    ...other,
  }
}

interface StateGiven {
  readonly state?: Partial<Collected['state']>
}

/** No log can be read. */
export const logLost = {
  truncationIndex: 0,
  lastIndex: 0,
  lastTerm: 0,
  lastRevision: 0,
  peers: [],
  damage: 'it is missing',
} satisfies Partial<Collected>

/** No state can be read. */
export const stateLost = {
  index: 0,
  term: 0,
  revision: 0,
  incarnation: '',
  hash: '',
  problem: 'the state is missing, or does not open',
} satisfies Partial<Collected['state']>
