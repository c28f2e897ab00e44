import { describe } from 'vitest'
import { arrivedFileContract } from '../../../src/peer/arrived-file.contract.ts'
import { snapshotFolderContract } from '../../../src/peer/snapshot-folder.contract.ts'
import { snapshotFileOf } from '../../../src/peer/snapshot-folder.ts'
import { arrivedSnapshotPath } from '../../../src/raft/store/disk.ts'
import type { DiskSession } from '../disk/disk-session.ts'
import { runningDisk } from '../disk/running-disk.ts'
import { simArrivedFile, simSnapshotFolder } from './snapshot-ports.ts'

function runningSession(): DiskSession {
  const { disk, thread } = runningDisk()
  return disk.session(thread)
}

describe('the ports of snapshots on a simulated disk keep what they promise', () => {
  describe('the folder of those that are made', () =>
    snapshotFolderContract(async () => {
      const session = runningSession()
      return { folder: simSnapshotFolder(session), contentOf: (id) => session.files.read(snapshotFileOf(id)) }
    }))

  describe('the one that has arrived', () =>
    arrivedFileContract(async () => {
      const session = runningSession()
      return {
        file: simArrivedFile(session),
        arrive: (content) => session.files.replace(arrivedSnapshotPath, content),
      }
    }))
})
