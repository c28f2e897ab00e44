import type { SnapshotFrame } from '../../../src/raft/transport/snapshot-frame.ts'
import type { PeerId } from '../../../src/raft/core/types.ts'
import type { Stage } from './stage.ts'

/** A snapshot that is not on its way by then is waited for no longer. */
const waitUsMax = 90_000_000

/** A frame of a snapshot, as it leaves. */
export interface SentFrame {
  readonly from: PeerId
  readonly to: PeerId
  readonly frame: SnapshotFrame
}

/** Does something soon after the first frame for which it is the time, and in a turn of its own. */
export function awaitSnapshot(
  stage: Stage,
  when: { readonly isTime: (sent: SentFrame) => boolean; readonly delayUs: number },
  act: (sent: SentFrame) => void,
): void {
  const { snapshotListeners } = stage.network
  const listener = (from: PeerId, to: PeerId, frame: SnapshotFrame) => {
    const sent = { from, to, frame }
    if (!when.isTime(sent)) return
    snapshotListeners.delete(listener)
    stage.timeline.after(when.delayUs, () => act(sent))
  }
  snapshotListeners.add(listener)
  stage.undoAfter(waitUsMax, () => void snapshotListeners.delete(listener))
}
