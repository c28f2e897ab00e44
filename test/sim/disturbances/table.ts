import { bitRotBesideTheLog } from './bit-rot-beside-the-log.ts'
import { bitRotInTheLog } from './bit-rot-in-the-log.ts'
import { bitRotInTheState } from './bit-rot-in-the-state.ts'
import { busyWorker } from './busy-worker.ts'
import { clockDrift } from './clock-drift.ts'
import { clog } from './clog.ts'
import { connectionReset } from './connection-reset.ts'
import { diskStall } from './disk-stall.ts'
import { crashWhileInstalling } from './crash-while-installing.ts'
import { cutTransfer } from './cut-transfer.ts'
import type { Disturbance } from './disturbance.ts'
import { emptiedDatabase } from './emptied-database.ts'
import { farBehind } from './far-behind.ts'
import { gracefulStop } from './graceful-stop.ts'
import { holeInTheLog } from './hole-in-the-log.ts'
import { kill } from './kill.ts'
import { lateAnswers } from './late-answers.ts'
import { lateEvents } from './late-events.ts'
import { leadershipTransfer } from './leadership-transfer.ts'
import { lostEntries } from './lost-entries.ts'
import { lostState } from './lost-state.ts'
import { lostTailOfTheLog } from './lost-tail-of-the-log.ts'
import { mainStall } from './main-stall.ts'
import { messageDuplication } from './message-duplication.ts'
import { messageLoss } from './message-loss.ts'
import { messageReordering } from './message-reordering.ts'
import { misdirectedWrite } from './misdirected-write.ts'
import { missingFile } from './missing-file.ts'
import { networkDown } from './network-down.ts'
import { olderRelease } from './older-release.ts'
import { oneWayPartition } from './one-way-partition.ts'
import { orphanedTail } from './orphaned-tail.ts'
import { partition } from './partition.ts'
import { pause } from './pause.ts'
import { powerLoss } from './power-loss.ts'
import { peerAdded } from './peer-added.ts'
import { peerRemoved } from './peer-removed.ts'
import { peerReplaced } from './peer-replaced.ts'
import { powerLossInAStart } from './power-loss-in-a-start.ts'
import { powerLossInAWrite } from './power-loss-in-a-write.ts'
import { replacedUnawares } from './replaced-unawares.ts'
import { siteSuspended } from './site-suspended.ts'
import { slowDisk } from './slow-disk.ts'
import { slowNetwork } from './slow-network.ts'
import { slowThreads } from './slow-threads.ts'
import { staleVoteFiles } from './stale-vote-files.ts'
import { upgrade } from './upgrade.ts'
import { wallClockJump } from './wall-clock-jump.ts'
import { writeError } from './write-error.ts'

/** Everything that a seed may do to a cluster. New kinds stand at the end: the draws of the others stay. */
export const disturbances: readonly Disturbance[] = [
  messageLoss,
  messageDuplication,
  messageReordering,
  slowNetwork,
  clog,
  partition,
  oneWayPartition,
  connectionReset,
  kill,
  powerLoss,
  powerLossInAWrite,
  powerLossInAStart,
  pause,
  mainStall,
  siteSuspended,
  wallClockJump,
  clockDrift,
  diskStall,
  slowDisk,
  writeError,
  gracefulStop,
  bitRotInTheLog,
  bitRotInTheState,
  bitRotBesideTheLog,
  lostTailOfTheLog,
  holeInTheLog,
  emptiedDatabase,
  missingFile,
  staleVoteFiles,
  misdirectedWrite,
  slowThreads,
  busyWorker,
  lateEvents,
  networkDown,
  lostEntries,
  orphanedTail,
  replacedUnawares,
  upgrade,
  olderRelease,
  farBehind,
  cutTransfer,
  crashWhileInstalling,
  lostState,
  leadershipTransfer,
  peerAdded,
  peerRemoved,
  peerReplaced,
  lateAnswers,
]
