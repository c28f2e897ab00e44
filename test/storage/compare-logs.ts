import { nodeDisk } from '../../src/raft/index.ts'
import { chainText } from '../../src/raft/store/chain.ts'
import { openStore, readIdentity } from '../../src/raft/store/open-store.ts'
import type { LogStore } from '../../src/raft/store/log-store.ts'

/** Opens the logs of peers that do not run, and says where they differ: equal chains are equal logs. */
export async function compareLogs(
  peers: readonly { readonly name: string; readonly dataDir: string; readonly appliedIndex: number }[],
): Promise<readonly string[]> {
  const wrong: string[] = []
  const stores: { readonly name: string; readonly store: LogStore }[] = []
  for (const { name, dataDir, appliedIndex } of peers) {
    const disk = nodeDisk(dataDir)
    const identity = await readIdentity(disk)
    if (identity === undefined) throw new Error(`${dataDir} belongs to nobody`)
    const { clusterId, peerId } = identity
    const fail = (reason: string) => wrong.push(reason)
    const opened = await openStore(disk, { clusterId, self: peerId, appliedIndex, run: 'none', fail })
    if (opened.kind === 'healthy') stores.push({ name, store: opened.store })
    else wrong.push(`the log of ${name} is ${opened.kind}: ${'reason' in opened ? opened.reason : ''}`)
  }
  const index = Math.min(...stores.map(({ store }) => store.lastIndex()))
  const chains = stores.map(({ name, store }) => `${name} has ${chainText(store.chainAt(index))}`)
  if (new Set(chains.map((chain) => chain.split(' ').at(-1))).size > 1) {
    wrong.push(`the logs differ up to entry ${index}: ${chains.join(', ')}`)
  }
  for (const { store } of stores) await store.close()
  return wrong
}
