import type { PeerProcess } from '../support/processes/peer-process.ts'

const answerMsMax = 1_000

/** What a peer says of itself at `/metrics`; NaN if it has no such metric. */
export async function metricOf(peer: PeerProcess, name: string): Promise<number> {
  const signal = AbortSignal.timeout(answerMsMax)
  const response = await fetch(`http://${peer.addresses.admin}/metrics`, { signal })
  const line = (await response.text()).split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return Number(line?.split(' ')[1])
}
