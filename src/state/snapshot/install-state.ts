import type { SnapshotHeader } from '../../gen/trivet/snapshot/v1/snapshot_pb.ts'
import type { Configuration } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import type { AppliedMark } from '../../gen/trivet/log/v1/log_pb.ts'
import { trivetError } from '../../lib/errors.ts'
import type { KeyValue } from '../storage/key-value.ts'
import { markKey } from '../storage/keys.ts'
import { sealMark } from '../storage/records.ts'
import { stateNamePattern, type StateDirectories } from '../storage/state-directories.ts'
import type { Packing } from './packing.ts'
import { readSnapshot, type ReadAt } from './read-snapshot.ts'

/** The header of a snapshot, with what no snapshot that is installed may lack. */
export type InstalledHeader = SnapshotHeader & { mark: AppliedMark; configuration: Configuration }

/** A snapshot, and where it goes. */
export interface Installation {
  readonly directories: StateDirectories
  /** Its name in errors. */
  readonly file: string
  readonly readAt: ReadAt
  /** Whose state it must be. */
  readonly clusterId: string
  readonly packing?: Packing | undefined
  /** See `ReadHow`. */
  readonly stateVersionMax?: number | undefined
}

/**
 * Makes the state of a snapshot the one that counts: into a directory of its own, verified whole, durable, and only then
 * pointed at. The mark, without which no state is opened, is the last thing written. Interrupted anywhere, it leaves
 * the state of before or that of the snapshot, and is done again from the beginning, or found done. Nothing of the
 * state of before is needed. Throws SNAPSHOT_INVALID, SNAPSHOT_NEWER and SNAPSHOT_FOREIGN; then nothing has changed.
 */
export async function installState(installation: Installation): Promise<InstalledHeader> {
  const { directories, file, readAt, clusterId, packing, stateVersionMax } = installation
  const parts = readSnapshot(file, readAt, { packing, stateVersionMax })
  const first = await parts.next()
  if (first.done === true || first.value.kind !== 'header') throw new Error('a snapshot begins with its header')
  const { header } = first.value
  if (header.clusterId !== clusterId) {
    throw trivetError('SNAPSHOT_FOREIGN', { file, found: header.clusterId, wanted: clusterId })
  }
  const name = `state.${header.id}`
  if (!stateNamePattern.test(name)) throw trivetError('SNAPSHOT_INVALID', { file, reason: 'its id is none' })
  if (header.configuration === undefined) {
    throw trivetError('SNAPSHOT_INVALID', { file, reason: 'it does not say who took part' })
  }
  if ((await directories.current()) === name) return Object.assign(header, { configuration: header.configuration })
  await directories.remove(name)
  const keyValue = await directories.open(name, { create: true })
  try {
    await copyInto(keyValue, header.mark, parts)
  } finally {
    await keyValue.close()
  }
  await directories.point(name)
  return Object.assign(header, { configuration: header.configuration })
}

async function copyInto(keyValue: KeyValue, mark: AppliedMark, parts: ReturnType<typeof readSnapshot>): Promise<void> {
  for await (const part of parts) {
    if (part.kind === 'pairs') await keyValue.batch(part.pairs, { sync: false })
  }
  await keyValue.batch([{ key: markKey, value: sealMark(mark) }], { sync: true })
  await keyValue.sync()
}

/** Removes all states but the one that counts: what an installation has replaced, and what one has left unfinished. */
export async function removeOtherStates(directories: StateDirectories): Promise<void> {
  const current = await directories.current()
  if (current === undefined) return
  for (const name of await directories.names()) if (name !== current) await directories.remove(name)
}
