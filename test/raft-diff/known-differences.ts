/**
 * The differences from etcd that are meant, each with what etcd does, what we do and why, and how both are compared in
 * spite of it. A run counts them. Whatever is not here fails.
 *
 * Withheld messages (`withheld-message.ts`) and operations (`operation-kinds.ts`) are those that one side heeds and the
 * other does not; what both do in another shape is brought into one (`reshaping.ts`).
 */
export const knownDifferences = {
  'votes-behind-write':
    'etcd sends requests for votes at once, we send them when term and vote are durable: a candidate that forgot them could be elected twice in a term. Compared as if they stood behind the write in both.',
  'reads-share-round':
    'etcd begins a round of heartbeats for each read, we one for all that wait when the caller takes what is to be done, and one at a time. etcd gets the reads when our round begins; of its rounds the last one counts, the others are lost.',
  'reads-not-forwarded':
    'etcd sends on a read that reaches a peer which does not lead, we drop it: two that take each other for the leader would send it round and round. Not given to etcd.',
  'read-alone-in-joint':
    'etcd answers reads of a leader that is a quorum by itself only when a heartbeat is answered, if the configuration is joint; and never if there is nobody else. We answer at once. Not given to etcd, and the answers are left out.',
  'read-answered-once':
    'etcd answers a read as often as an answer comes, also one of another term than that in which it was asked; we number our reads, and answer each once, in the term in which it was asked. Other answers are not given to etcd, or to neither if they also tell a new term.',
  'read-answer-of-stranger':
    'etcd ignores the answer to a read if its configuration does not name the leader, as before a new peer has heard of any; we take it from whoever leads the term. Given to neither.',
  'lone-reader-waits':
    'etcd answers a read of a lone voter at once, we once an entry of its term is committed: after a restart it does not know how far it had got. Given to etcd then.',
  'late-pre-vote':
    'etcd counts a pre-vote that was granted for an earlier campaign, we ignore it: it says nothing about this one. Not given to etcd.',
  'applied-beyond-commit':
    'etcd does not start when more was applied than its hard state says to be committed; the commit index alone is not synced, so a crash may leave it so, and we take what was applied for committed. Both are started with the higher one.',
  'self-unreachable':
    'etcd takes a leader that is told to be unreachable for itself back to probing itself, we ignore it. Not given to etcd.',
  'commit-with-votes':
    'Our candidates, and peers without a vote that refuse one, tell a commit index: in two dead ends between them, nobody else is left to tell it. Left out here; counted where the receiver knew less.',
  'refused-change-unlogged':
    'etcd appends an empty entry in place of a change of the configuration that does not fit, we refuse it. Not given to etcd.',
  'refused-change-pending':
    'etcd takes a change of the configuration that it refused for its size for pending, and so refuses the next ones until as much as that is applied. Not given to etcd.',
  'removed-and-added':
    'etcd forgets how far a learner is that one change removes and adds again, we do not: a peer with this identity has not lost its log. Given to neither.',
  'snapshot-must-sync':
    'etcd leaves it to its caller that a snapshot is installed durably, we say that the write must be synced. Both are synced.',
  'leave-joint-again':
    'etcd leaves a joint configuration by itself only when something is applied, so a transfer that fails then may leave it joint for long; we try again when the transfer is given up. etcd is told to leave it.',
  'reads-before-change':
    'etcd looks at reads under way only when a heartbeat is answered, we also when a change of the configuration has made the quorum smaller. Changes are applied when no round is under way.',
  'transfer-not-forwarded': 'etcd sends on a transfer that is asked of a follower, we refuse it. Not given to etcd.',
  'snapshot-of-others':
    'etcd throws away a snapshot that does not name its receiver, which then gets it again and again; we take it, for the change that names the receiver stands behind it. Given to neither.',
  'snapshot-over-change':
    'etcd takes the configuration of a snapshot when it hears of it, we when it is installed: a change that is being applied meanwhile would be carried out on the wrong one. Given to neither until the change is applied.',
  'frames-not-counted':
    'etcd counts the frames of entries for the sizes of messages and of what is applied at once, we count their data. Data and limits are such that both cut alike (`size-unit.ts`); counted once a proposal.',
} as const

export type DifferenceName = keyof typeof knownDifferences
