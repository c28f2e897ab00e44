/**
 * A lone member in a process of its own, for tests that kill it. Arguments: data directory, and what to do once it
 * leads: `write` proposes without end and prints each committed text; `defect` proposes one number twice.
 */
import { clusterIdOf, peerIdOf, startMember, type Member, type Leadership } from '../../src/raft/index.ts'

const [dataDir, task] = process.argv.slice(2)
if (dataDir === undefined) throw new Error('usage: raft-member-process <data directory> write|defect')

const say = (line: string) => process.stdout.write(`${line}\n`)
const clusterId = clusterIdOf({ peers: [], token: 'process' })
const self = peerIdOf({ clusterId, name: 'lone' })
let leadership: Leadership | undefined
let number = 0
let committed = 0

function propose(member: Member, count: number): void {
  for (let at = 0; at < count; at++) {
    const previous = number++
    const { term } = leadership!
    member.propose({ term, number, previous, data: Buffer.from(`${term}-${number}`) })
  }
}

const member: Member = await startMember(
  {
    dataDir,
    listen: { host: '127.0.0.1', port: 0 },
    clusterId,
    self,
    peers: [{ id: self, name: 'lone', address: '127.0.0.1:0' }],
    appliedIndex: 0,
    stateVersions: { min: 1, max: 1 },
    sealingKeyFingerprint: new Uint8Array(),
    closeListeners: async () => {
      say('listeners closed')
    },
  },
  {
    leadership: (next) => {
      leadership = next
      if (next.role !== 'leader') return
      const proposal = { term: next.term, number: 1, previous: 0, data: Buffer.of(1) }
      // The first change of leadership may be told before the member itself is known here.
      setImmediate(() => {
        if (task === 'write') return propose(member, 10)
        member.propose(proposal)
        member.propose(proposal)
      })
    },
    committed: (entries) => {
      for (const { data, index } of entries) {
        if (data.length > 0 && index > 1) say(`committed ${Buffer.from(data).toString()}`)
      }
      setImmediate(() => {
        member.applied(entries.at(-1)!.index)
        committed += entries.length
        if (task === 'write' && leadership?.role === 'leader' && committed >= number - 50) propose(member, 10)
      })
    },
    refused: () => {},
    relayed: () => {},
    connection: () => {},
    configuration: () => {},
    damaged: (reason) => say(`damaged ${reason}`),
    syncWanted: () => {},
    snapshotWanted: () => {},
    snapshotUnused: () => {},
    snapshotArrived: () => {},
    repairing: (reason) => say(`repairing ${reason}`),
  },
)
say('started')
