import { expect, test } from 'vitest'
import { voteRequest } from '../core/messages.ts'
import type { Message } from '../core/types.ts'
import { electionTicks, tickMs } from './limits.ts'
import { VirtualCluster } from './virtual-cluster.ts'

test('a peer that has just started does not vote: a leader may still rest its lease on what it promised before', async () => {
  const cluster = new VirtualCluster({ size: 3, seed: 1 })
  const [voter, candidate] = [cluster.peer('a'), cluster.peer('b')]
  await cluster.start(voter)
  const heard: Message[] = []
  const transport = cluster.network.attach(candidate.id, {
    received: (_, messages) => void heard.push(...messages.filter(({ type }) => type === 'pre_vote_response')),
    relayed: () => {},
    linkChanged: () => {},
    dialFailed: () => {},
    relayChanged: () => {},
    snapshotFrame: () => {},
  })
  const ask = async () => {
    const envelope = { from: candidate.id, to: voter.id, term: 9 }
    transport.send(voter.id, [
      voteRequest('pre_vote', envelope, { last: { index: 1, term: 1 }, committed: { index: 0, term: 0 }, context: '' }),
    ])
    await cluster.settle()
  }
  await ask()
  await cluster.pass((electionTicks - 1) * tickMs)
  await ask()
  expect(heard).toEqual([])
  await cluster.pass(2 * tickMs)
  await ask()
  expect(heard).toMatchObject([{ type: 'pre_vote_response', reject: false }])
})
