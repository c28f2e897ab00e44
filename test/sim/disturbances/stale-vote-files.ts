import { voteFiles } from '../../../src/raft/store/vote-slots.ts'
import { StoredFile } from '../disk/stored-file.ts'
import type { Disturbance } from './disturbance.ts'

/** Both vote files are those of an earlier day, as after a restore of some files and not of others. */
export const staleVoteFiles: Disturbance = {
  name: 'stale vote files',
  everyTicks: 1,
  isDamage: true,
  strike: ({ peer, stage, dice }) => {
    const { disk } = peer
    const paths = voteFiles.map((name) => `raft/${name}`)
    const old = paths.map((path) => disk.files.get(path)?.content.slice())
    if (old.some((content) => content === undefined)) return false
    // They have to be old by more than one vote: put back once the peer has voted again.
    stage.mayDie.add(peer)
    stage.undoAfter(5_000_000 + dice.exponential(20_000_000), () => {
      stage.crash(peer, 'process', dice.exponential(1_500_000))
      for (const [at, path] of paths.entries()) disk.files.set(path, new StoredFile(old[at]!))
    })
    return true
  },
}
