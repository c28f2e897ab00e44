import type { Logger } from 'pino'
import type { LogRecord } from '../raft/index.ts'
import type { Cluster } from './cluster.ts'

/**
 * Writes what the member tells into the log of this peer. There, `peer` is the name of this peer in every line; the
 * member means the id of the one that the line is about.
 */
export function memberLog(logger: Logger, cluster: Pick<Cluster, 'self' | 'peers'>): (record: LogRecord) => void {
  const names = new Map(cluster.peers.map(({ id, name }) => [id, name]))
  return ({ level, message, fields }) => {
    const { peer, ...facts } = fields
    if (peer === undefined || peer === cluster.self.id) return logger[level](facts, message)
    const otherPeerId = String(peer)
    logger[level]({ ...facts, otherPeer: names.get(otherPeerId) ?? '', otherPeerId }, message)
  }
}
