import { createHash } from 'node:crypto'
import type { PeerProcess } from './peer-process.ts'

/** What each peer serves for one node. */
export interface ScriptOfNode {
  readonly node: string
  /** The rows that it is rendered from, as the first peer says. */
  readonly revision: string
  readonly sha256ByPeer: Record<string, string>
}

/** What one peer answered for one node. */
export interface Fetched {
  readonly text: string
  readonly sha256: string
  readonly stale: boolean
}

/**
 * Asks every live peer for the script of every node. The same script means: naming the revision of the node's own
 * attempt, and the same bytes from each peer.
 */
export async function fetchScripts(
  peers: readonly PeerProcess[],
  nodes: readonly { readonly xname: string; readonly mac: string; readonly attemptId: string }[],
): Promise<{ readonly scripts: ScriptOfNode[]; readonly wrong: readonly string[] }> {
  const wrong: string[] = []
  const scripts: ScriptOfNode[] = []
  for (const node of nodes) {
    const byPeer = new Map<string, Fetched>()
    for (const peer of peers) byPeer.set(peer.name, await fetchScript(peer, node.mac))
    const [first] = byPeer.values()
    const revision = /^# from: (.*)$/m.exec(first?.text ?? '')?.[1] ?? ''
    for (const [peer, script] of byPeer) {
      if (script.sha256 !== first?.sha256) wrong.push(`${peer} serves another script for ${node.xname}`)
      if (!script.text.includes(node.attemptId))
        wrong.push(`${peer} serves a script of another attempt for ${node.xname}`)
      if (script.stale) wrong.push(`${peer} serves a script for ${node.xname} that the leader has not confirmed`)
    }
    const sha256ByPeer = Object.fromEntries([...byPeer].map(([peer, { sha256 }]) => [peer, sha256]))
    scripts.push({ node: node.xname, revision, sha256ByPeer })
  }
  return { scripts, wrong }
}

/** What a peer answers to a node with this MAC address. */
export async function fetchScript(peer: PeerProcess, mac: string): Promise<Fetched> {
  const response = await fetch(`http://${peer.addresses.node}${scriptPath(mac)}`)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${peer.name} answered ${response.status} for a script`)
  return fetchedFrom(text, response.headers.get('trivet-stale') !== null)
}

/** Where a node with this MAC address asks for its script. */
export function scriptPath(mac: string): string {
  return `/boot/ipxe?mac=${encodeURIComponent(mac)}`
}

export function fetchedFrom(text: string, stale: boolean): Fetched {
  return { text, sha256: createHash('sha256').update(text).digest('hex'), stale }
}
