import { layout, type Disk } from './disk.ts'
import type { Readings } from './read-directory.ts'
import { compareVotes } from './vote-order.ts'
import { encodeVote, voteFiles, type Vote } from './vote-slots.ts'

/**
 * The newest vote, of which the log knows if a vote file is lost; that file is made again. Called where the vote is found
 * to be `current`, and before anything happens to the log.
 */
export async function wholeVote(disk: Disk, { identity, log, vote }: Readings): Promise<Vote> {
  if (vote.kind !== 'read' || identity.kind !== 'read') throw new Error('neither vote nor identity is lost')
  const { newest, older } = vote
  if (older !== undefined) return newest
  const isNewer = log.kind === 'whole' && compareVotes(log.image.hardState, newest) === 'ahead'
  const known = isNewer ? log.image.hardState : newest
  const again = { ...newest, sequence: newest.sequence + 1, term: known.term, vote: known.vote }
  const file = voteFiles[again.sequence % 2 === 0 ? 0 : 1]
  await disk.files.replace(`${layout.directory}/${file}`, encodeVote(again, identity.identity.nonce))
  return again
}
