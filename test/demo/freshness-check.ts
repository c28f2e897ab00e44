import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { IncomingMessage } from 'node:http'
import type { Fetched } from '../support/processes/node-scripts.ts'
import { fetchedFrom, scriptPath } from '../support/processes/node-scripts.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'

/**
 * What a peer answers to a node that asked while the peer stood still. The connection is open before, and the request
 * lies there when the peer wakes, so that it is answered before anybody tells the peer what it has missed, unless the
 * peer asks.
 */
export async function fetchOverFreeze(
  peer: PeerProcess,
  mac: string,
  meanwhile: () => Promise<void>,
): Promise<Fetched> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    await text(await get(agent, peer, mac).answer)
    peer.freeze()
    let waiting: ReturnType<typeof get>
    try {
      await meanwhile()
      waiting = get(agent, peer, mac)
      await waiting.sent
    } finally {
      peer.thaw()
    }
    const answer = await waiting.answer
    return fetchedFrom(await text(answer), answer.headers['trivet-stale'] !== undefined)
  } finally {
    agent.destroy()
  }
}

function get(
  agent: Agent,
  peer: PeerProcess,
  mac: string,
): { readonly sent: Promise<void>; readonly answer: Promise<IncomingMessage> } {
  const outgoing = request(`http://${peer.addresses.node}${scriptPath(mac)}`, { agent, timeout: 10_000 })
  const sent = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<IncomingMessage>()
  outgoing.once('response', answer.resolve)
  outgoing.once('timeout', () => outgoing.destroy(new Error(`peer ${peer.name} did not answer`)))
  outgoing.once('error', (error) => {
    sent.reject(error)
    answer.reject(error)
  })
  outgoing.end(() => sent.resolve())
  // Whoever asked for it may wait for the other one first.
  answer.promise.catch(() => undefined)
  return { sent: sent.promise, answer: answer.promise }
}
