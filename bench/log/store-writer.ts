import { clusterIdOf, peerIdOf } from '../../src/raft/store/cluster-id.ts'
import { nodeDisk } from '../../src/raft/store/disk.ts'
import { formatStore } from '../../src/raft/store/format-store.ts'
import type { LogStore } from '../../src/raft/store/log-store.ts'
import { openStore } from '../../src/raft/store/open-store.ts'
import type { Entry } from '../../src/raft/core/types.ts'
import type { Writer } from './writer.ts'

/**
 * The log of a peer as its member drives it: each append carries the hard state with the commit index that the one
 * before has moved, nothing is appended before the last append is durable, and what that sets off happens at the end
 * of the loop's turn.
 */
export async function openStoreWriter(directory: string): Promise<Writer> {
  const clusterId = clusterIdOf({ peers: [], token: 'bench' })
  const self = peerIdOf({ clusterId, name: 'lone' })
  const disk = nodeDisk(directory)
  await formatStore(disk, {
    clusterId,
    self,
    peers: [{ id: self, name: 'lone', address: '127.0.0.1:7401' }],
    nonce: 'bench',
  })
  const fail = (reason: string): never => {
    throw new Error(`the store failed: ${reason}`)
  }
  const opened = await openStore(disk, { clusterId, self, appliedIndex: 0, run: 'bench', fail })
  if (opened.kind !== 'healthy') throw new Error(`the store is ${opened.kind} right after it was made`)
  const { store } = opened
  return {
    name: 'the log store',
    append: async (payloads) => appendTo(store, payloads),
    close: async () => {
      const { syncs } = store
      await store.close()
      if (syncs === 0) throw new Error('nothing was synced')
    },
  }
}

async function appendTo(store: LogStore, payloads: readonly Uint8Array[]): Promise<void> {
  const { term } = store.initialState().hardState
  const commit = store.lastIndex()
  const entries = payloads.map((data, at): Entry => ({ term, index: commit + 1 + at, type: 'normal', data }))
  return new Promise((resolve) => {
    store.append({ hardState: { term, vote: '', commit }, entries, durable: () => setImmediate(resolve) })
  })
}
