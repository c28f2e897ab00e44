import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkConfChange, checkConfState, confStateAfter, isLeaveJoint } from './conf-change.ts'
import { decideByQuorum } from './quorum.ts'
import { isModelQuorum, modelAfter, modelText, type ModelConf } from './testing/conf-model.ts'
import { confChangeOf, encodeConfChange } from './testing/conf-text.ts'
import { Tracker } from './tracker.ts'
import type { ConfState, PeerId } from './types.ts'

const ids = ['1', '2', '3', '4', '5']
const mark = fc.tuple(fc.constantFrom('+', '~', '-'), fc.constantFrom(...ids)).map((parts) => parts.join(''))
const change = fc.oneof(
  mark,
  fc.constant('leave'),
  fc
    .tuple(fc.constantFrom('', 'joint ', 'explicit '), fc.array(mark, { minLength: 1, maxLength: 4 }))
    .map(([how, marks]) => `${how}${marks.join(' ')}`),
)

/** Configurations as they come about: a bootstrap, and then whatever is allowed. */
const history = fc.record({ voters: fc.subarray(ids, { minLength: 1 }), changes: fc.array(change, { maxLength: 12 }) })

function modelOf(confState: ConfState): ModelConf {
  const { voters, votersOutgoing, learners, learnersNext } = confState
  return {
    voters: new Set(voters),
    outgoing: new Set(votersOutgoing),
    learners: new Set(learners),
    next: new Set(learnersNext),
  }
}

function entryOf(text: string) {
  return { index: 1, term: 1, type: 'conf_change' as const, data: encodeConfChange(text) }
}

/** Calls `each` with every pair of configurations that follow each other. */
function walk(
  { voters, changes }: { voters: readonly PeerId[]; changes: readonly string[] },
  each: (before: ConfState, text: string, after: ConfState) => void,
): void {
  let confState: ConfState = { voters, votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
  for (const text of changes) {
    if (checkConfChange(confState, confChangeOf(text)) !== undefined) continue
    const after = confStateAfter(confState, confChangeOf(text))
    each(confState, text, after)
    confState = after
  }
}

/** All sets of peers. */
const subsets = Array.from(
  { length: 2 ** ids.length },
  (_, bits) => new Set(ids.filter((_peer, at) => (bits >> at) % 2 === 1)),
)

function wins(confState: ConfState, side: ReadonlySet<PeerId>): boolean {
  return decideByQuorum(confState, (id) => side.has(id)) === 'won'
}

test('a change makes what is thought out a second time from its words, and a configuration that holds together', () => {
  fc.assert(
    fc.property(history, (drawn) => {
      walk(drawn, (before, text, after) => {
        checkConfState(after)
        expect(modelText(modelOf(after))).toBe(modelText(modelAfter(modelOf(before), entryOf(text))))
      })
    }),
    { numRuns: 500 },
  )
})

test('the quorums of a configuration are those that are counted by hand', () => {
  fc.assert(
    fc.property(history, (drawn) => {
      walk(drawn, (_before, _text, after) => {
        for (const side of subsets) expect(wins(after, side)).toBe(isModelQuorum(modelOf(after), side))
      })
    }),
    { numRuns: 50 },
  )
})

test('a quorum of a configuration and one of the next share a peer, whatever the change', () => {
  fc.assert(
    fc.property(history, (drawn) => {
      walk(drawn, (before, text, after) => {
        const winning = subsets.filter((side) => wins(before, side))
        for (const next of subsets.filter((side) => wins(after, side))) {
          const apart = winning.find((side) => [...side].every((id) => !next.has(id)))
          expect(apart, `${text} parts ${JSON.stringify(before)}`).toBe(undefined)
        }
      })
    }),
    { numRuns: 60 },
  )
})

test('at most one voter changes without a joint configuration, and a joint one is only left', () => {
  fc.assert(
    fc.property(history, (drawn) => {
      walk(drawn, (before, text, after) => {
        const isJoint = (confState: ConfState) => confState.votersOutgoing.length > 0
        if (isJoint(before)) {
          expect(isLeaveJoint(confChangeOf(text))).toBe(true)
          expect(after.voters).toEqual(before.voters)
        } else if (isJoint(after)) {
          expect(after.votersOutgoing).toEqual(before.voters)
        } else {
          const differing = ids.filter((id) => before.voters.includes(id) !== after.voters.includes(id))
          expect(differing.length).toBeLessThanOrEqual(1)
        }
      })
    }),
    { numRuns: 300 },
  )
})

test('every peer of a configuration has a progress, a voter of either half as a voter, and nobody else', () => {
  fc.assert(
    fc.property(history, (drawn) => {
      const tracker = new Tracker({ maxMessages: 1, maxBytes: 1 })
      walk(drawn, (_before, _text, after) => {
        tracker.configure(after, 7)
        const voting = [...new Set([...after.voters, ...after.votersOutgoing])]
        const shown = [...tracker.progress].map(([id, { learner }]) => (learner ? `~${id}` : id))
        expect(shown.toSorted()).toEqual([...voting, ...after.learners.map((id) => `~${id}`)].toSorted())
        expect([...tracker.progress.keys()]).toEqual([...tracker.progress.keys()].toSorted())
      })
    }),
  )
})
