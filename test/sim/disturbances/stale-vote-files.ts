import { voteFiles } from '../../../src/raft/store/vote-slots.ts'
import { StoredFile } from '../disk/stored-file.ts'
import type { Disturbance } from './disturbance.ts'
import { copied } from '../disk/copied.ts'

const paths = voteFiles.map((name) => `raft/${name}`)

/** How often somebody looks whether the peer has voted again. */
const lookUs = 50_000

/** Both vote files are those of an earlier day, as after a restore of some files and not of others. */
export const staleVoteFiles: Disturbance = {
  name: 'stale vote files',
  everyTicks: 1,
  isDamage: true,
  strike: ({ peer, stage, dice }) => {
    const { disk } = peer
    const contents = () => paths.map((path) => copied(disk.files.get(path)?.content ?? new Uint8Array()))
    const old = contents()
    if (old.some((content) => content.length === 0)) return false
    stage.mayDie.add(peer)
    const putBack = () => {
      stage.crash(peer, 'process', dice.exponential(1_500_000))
      for (const [at, path] of paths.entries()) disk.files.set(path, new StoredFile(old[at]!))
    }
    // What it has voted since is what they do not know; often what it voted last.
    const isAtItsVote = dice.chance(0.5)
    const look = () => {
      if (stage.isHealed) return putBack()
      const hasVoted = contents().some((content, at) => Buffer.compare(content, old[at]!) !== 0)
      if (!hasVoted) stage.undoAfter(lookUs, look)
      else if (isAtItsVote) putBack()
      else stage.undoAfter(dice.exponential(10_000_000), putBack)
    }
    look()
    return true
  },
}
