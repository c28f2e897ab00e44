import { voteFiles } from '../../../src/raft/store/vote-slots.ts'
import { StoredFile } from '../disk/stored-file.ts'
import type { Disturbance } from './disturbance.ts'

const paths = voteFiles.map((name) => `raft/${name}`)

/** How often somebody looks whether the peer has voted, and how many times. */
const lookUs = 20_000
const looksMax = 1_000

/** Both vote files are those of an earlier day, as after a restore of some files and not of others. */
export const staleVoteFiles: Disturbance = {
  name: 'stale vote files',
  everyTicks: 1,
  isDamage: true,
  strike: ({ peer, stage, dice }) => {
    const { disk } = peer
    const contents = () => paths.map((path) => disk.files.get(path)?.content.slice())
    const old = contents()
    if (old.some((content) => content === undefined)) return false
    stage.mayDie.add(peer)
    const putBack = () => {
      stage.crash(peer, 'process', dice.exponential(1_500_000))
      for (const [at, path] of paths.entries()) disk.files.set(path, new StoredFile(old[at]!))
    }
    // What was voted last is what they forget.
    const afterItsVote = (before: ReturnType<typeof contents>, looks: number) => {
      const now = contents()
      if (stage.isHealed || looks === 0 || !areSame(before, now)) return putBack()
      stage.undoAfter(lookUs, () => afterItsVote(now, looks - 1))
    }
    // They have to be old by more than one vote: put back once the peer has voted again.
    const isAtItsVote = dice.chance(0.5)
    stage.undoAfter(5_000_000 + dice.exponential(20_000_000), () =>
      isAtItsVote ? afterItsVote(contents(), looksMax) : putBack(),
    )
    return true
  },
}

type Contents = readonly (Uint8Array | undefined)[]

function areSame(one: Contents, other: Contents): boolean {
  return one.every((content, at) => {
    const second = other[at]
    return content === undefined || second === undefined ? content === second : Buffer.compare(content, second) === 0
  })
}
