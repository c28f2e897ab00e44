import type { Message } from '../../src/raft/core/types.ts'

/**
 * Our requests for votes and rejections tell a commit index, etcd's do not: see `commit-with-votes`. Both sides are
 * compared without it, and nobody here is told it; that it is left out is what a peer of an older release would do.
 */
export function withoutVoteCommit(message: Message): Message {
  switch (message.type) {
    case 'vote':
    case 'vote_response':
    case 'pre_vote':
    case 'pre_vote_response':
      return message.commit === 0 ? message : { ...message, commit: 0, commitTerm: 0 }
    default:
      return message
  }
}
