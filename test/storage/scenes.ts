import { watch } from 'node:fs'
import { access, cp, mkdir, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import { until } from '../support/processes/until.ts'
import { metricOf } from './metric-of.ts'

/** A peer that is brought somewhere, and the others. */
export interface SceneStage {
  readonly peer: PeerProcess
  readonly others: readonly PeerProcess[]
  /** Writes through the others. */
  write(count: number): Promise<void>
}

/** A moment in a peer's life at which it has a file that it does not always have. */
export interface Scene {
  /** Brings a peer that runs there, and ends it. Gives the reason why that is not possible here. */
  prepare(stage: SceneStage): Promise<string | undefined>
}

const deadlineMs = 60_000

/** Seeing a file and killing its writer is a race, which is won nearly always. */
const triesMax = 3

/** More than a peer with a small log keeps. */
const writesBeyond = 100

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

const arrivedIn = ({ dataDir }: PeerProcess) => join(dataDir, 'raft/snapshot.arrived')

/** It was too far behind, and died when the snapshot of another peer was all there and not installed yet. */
export const snapshotHasArrived: Scene = {
  prepare: async (stage) => {
    for (let tries = 0; tries < triesMax; tries++) {
      await fallBehind(stage)
      const { peer } = stage
      const child = peer.launch()
      const watcher = watch(join(peer.dataDir, 'raft'), (_, name) => {
        if (name === 'snapshot.arrived') child.kill('SIGKILL')
      })
      try {
        const ready = peer.ready(deadlineMs).catch(() => undefined)
        await Promise.race([child.ended, ready])
      } finally {
        watcher.close()
      }
      await peer.kill()
      if (await isThere(arrivedIn(peer))) return undefined
      await peer.start()
      await peer.ready(deadlineMs)
    }
    return `a snapshot that arrives could not be caught in ${triesMax} tries`
  },
}

/** The same, as the disk was when half of it was there. */
export const snapshotIsArriving: Scene = {
  prepare: async (stage) => {
    const reason = await snapshotHasArrived.prepare(stage)
    if (reason !== undefined) return reason
    const { peer } = stage
    const { size: sizeBytes } = await stat(arrivedIn(peer))
    const sent = await snapshotOfOthers(stage)
    if (sent === undefined) return 'the snapshot that was sent is gone already'
    const part = join(peer.dataDir, 'raft/snapshot.part')
    await rename(arrivedIn(peer), part)
    await truncate(part, Math.floor(sizeBytes / 2))
    await writeFile(join(peer.dataDir, 'raft/snapshot.offer'), JSON.stringify({ id: sent.id, sizeBytes }))
    return undefined
  },
}

/** It led, made a snapshot for somebody, and died; another peer's stands for it, as all have the same state. */
export const snapshotWasMade: Scene = {
  prepare: async (stage) => {
    const reason = await snapshotHasArrived.prepare(stage)
    if (reason !== undefined) return reason
    const { peer } = stage
    const made = await snapshotOfOthers(stage)
    if (made === undefined) return 'the snapshot that was sent is gone already'
    await rm(arrivedIn(peer))
    await mkdir(join(peer.dataDir, 'snapshots'), { recursive: true })
    await cp(made.path, join(peer.dataDir, 'snapshots', `${made.id}.snapshot`))
    return undefined
  },
}

/** It found out that its state is not that of the others, and died before it made it anew. */
export const markedAsDamaged: Scene = {
  prepare: async ({ peer }) => {
    await peer.stop()
    await writeFile(join(peer.dataDir, 'damaged'), 'its rows are not those of the others\n', { mode: 0o600 })
    return undefined
  },
}

/** It has measured its disk, and found room for the ballast. */
export const withBallast: Scene = {
  prepare: async ({ peer }) => {
    const path = join(peer.dataDir, 'ballast')
    const found = await until('the ballast is there', async () => (await isThere(path)) || undefined, {
      timeoutMs: 10_000,
    }).catch(() => false)
    await peer.stop()
    return found ? undefined : 'this disk has no room for a ballast'
  },
}

/** A state that came with a snapshot, and a log that begins behind it. */
export async function fallBehindAndCatchUp(stage: SceneStage): Promise<void> {
  const { peer } = stage
  await fallBehind(stage)
  await peer.start()
  await peer.ready(deadlineMs)
  await stage.write(writesBeyond)
}

/** Ends the peer, and has the others write more than they keep for it. */
async function fallBehind(stage: SceneStage): Promise<void> {
  const { peer, others } = stage
  const last = await metricOf(peer, 'trivet_applied_index')
  await peer.stop()
  await stage.write(writesBeyond)
  for (const other of others) {
    const hasCut = async () => (await metricOf(other, 'trivet_log_first_index')) > last + 1 || undefined
    await until(`${other.name} has cut its log`, hasCut, { timeoutMs: deadlineMs })
  }
}

async function snapshotOfOthers({ others }: SceneStage): Promise<{ id: string; path: string } | undefined> {
  for (const { dataDir } of others) {
    const directory = join(dataDir, 'snapshots')
    for (const name of await readdir(directory).catch(() => [])) {
      const id = /^(.*)\.snapshot$/.exec(name)?.[1]
      if (id !== undefined) return { id, path: join(directory, name) }
    }
  }
  return undefined
}
