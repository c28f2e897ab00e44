/** What a member counts from its start on, under the names that its status has for it. */
export function newCounters() {
  return {
    messagesSent: 0,
    messagesReceived: 0,
    messagesDropped: 0,
    proposalsAppended: 0,
    proposalsRefused: 0,
    leadershipChanges: 0,
    electionsWon: 0,
  }
}
