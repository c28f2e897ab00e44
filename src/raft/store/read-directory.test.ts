import { expect, test } from 'vitest'
import type { LogReading } from './read-log.ts'
import { findingsOf, type Readings } from './read-directory.ts'
import { clusterId, self } from './store-fixture.ts'
import type { Vote } from './vote-slots.ts'

const newest: Vote = { sequence: 7, term: 5, vote: 'a', mutedTerm: 0 }
const older: Vote = { sequence: 6, term: 4, vote: '', mutedTerm: 0 }

const same = { term: 5, vote: 'a', commit: 1 }
const behind = { term: 4, vote: '', commit: 1 }
const ahead = { term: 6, vote: 'b', commit: 1 }
const conflict = { term: 5, vote: 'b', commit: 1 }

type HardState = typeof same

const whole = (hardState: HardState, witness: 'kept' | 'lost' = 'kept') =>
  ({ kind: 'whole', image: { hardState }, witness }) as unknown as LogReading
const broken = (hardState?: HardState): LogReading => ({ kind: 'broken', reason: 'it has a hole', hardState })

test.each<[string, 'current' | 'stale', Readings['log'], Vote | undefined]>([
  ['both files, and no log', 'current', { kind: 'absent' }, older],
  ['both files, and a log of which nothing can be read', 'current', broken(), older],
  ['both files, and a log with the same vote', 'current', whole(same), older],
  ['both files, and a log that the last vote has not reached', 'current', whole(behind), older],
  ['both files, and a log with a later vote', 'stale', whole(ahead), older],
  ['both files, and a damaged log with a later vote', 'stale', broken(ahead), older],
  ['both files, and a log with another vote in the term', 'stale', whole(conflict), older],
  ['one file, and no log', 'stale', { kind: 'absent' }, undefined],
  ['one file, and a log of which nothing can be read', 'stale', broken(), undefined],
  ['one file, and a whole log with the same vote', 'current', whole(same), undefined],
  ['one file, and a whole log with the later vote of the other one', 'current', whole(ahead), undefined],
  ['one file, and a whole log with another vote in the term', 'stale', whole(conflict), undefined],
  ['one file, and the same vote in a log whose end is lost', 'current', whole(same, 'lost'), undefined],
  ['one file, and another vote in a log whose end is lost', 'stale', whole(ahead, 'lost'), undefined],
  ['one file, and the same vote in a damaged log', 'current', broken(same), undefined],
  ['one file, and an older vote in a damaged log', 'stale', broken(behind), undefined],
])('a vote in %s, is %s', (_, finding, log, olderVote) => {
  const readings: Readings = {
    identity: { kind: 'absent' },
    log,
    vote: { kind: 'read', newest, older: olderVote },
    witness: { kind: 'absent' },
    keyValue: undefined,
  }
  expect(findingsOf(readings, { clusterId, self, appliedIndex: 0 }).vote).toBe(finding)
})
