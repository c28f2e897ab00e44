import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StateHash } from '../state/state-hashes.ts'
import type { Report } from './state-agreement.ts'
import { judge } from './state-agreement.ts'

const same: StateHash = { index: 1_000, hash: 'x', revision: 900, logTimeMs: 5, floor: '', stateVersion: 1 }

/** `a:x b:y`: peer a reports hash x, peer b hash y. This peer is a. */
function reports(text: string): readonly Report[] {
  return text.split(' ').map((word) => {
    const [peer, hash] = word.split(':') as [string, string]
    return { peer, hash: { ...same, hash } }
  })
}

const kinds = (text: string, count: number) => judge(reports(text), { count, self: 'a' })

test.for([
  // One voter: it is the majority.
  [1, 'a:x', { kind: 'agreed' }],

  // Two: both have to agree, and neither can be outvoted.
  [2, 'a:x', { kind: 'open' }],
  [2, 'a:x b:x', { kind: 'agreed' }],
  [2, 'a:x b:y', { kind: 'disputed', groups: [['a'], ['b']] }],

  // Three: two that agree decide, also before the third has spoken.
  [3, 'a:x', { kind: 'open' }],
  [3, 'a:x b:x', { kind: 'agreed' }],
  [3, 'a:x b:x c:x', { kind: 'agreed' }],
  [3, 'a:x b:x c:y', { kind: 'agreed' }],
  [3, 'a:x b:y c:y', { kind: 'outvoted', majority: ['b', 'c'] }],
  [3, 'a:x b:y', { kind: 'disputed', groups: [['a'], ['b']] }],
  [3, 'a:x b:y c:z', { kind: 'disputed', groups: [['a'], ['b'], ['c']] }],

  // Four: half is no majority.
  [4, 'a:x b:x', { kind: 'open' }],
  [
    4,
    'a:x b:x c:y d:y',
    {
      kind: 'disputed',
      groups: [
        ['a', 'b'],
        ['c', 'd'],
      ],
    },
  ],
  [4, 'a:x b:y c:y d:y', { kind: 'outvoted', majority: ['b', 'c', 'd'] }],

  // Five.
  [5, 'a:x b:x c:y', { kind: 'disputed', groups: [['a', 'b'], ['c']] }],
  [5, 'a:x b:x c:x d:y e:z', { kind: 'agreed' }],
  [5, 'a:x b:y c:y d:y', { kind: 'outvoted', majority: ['b', 'c', 'd'] }],
  [5, 'a:x b:x c:y d:y e:z', { kind: 'disputed', groups: [['a', 'b'], ['c', 'd'], ['e']] }],
] as const)('%i voters, %s', ([count, text, expected]) => {
  expect(kinds(text, count)).toEqual(expected)
})

test.for([
  ['revision', { revision: 901 }],
  ['log time', { logTimeMs: 6 }],
  ['floor', { floor: 'r' }],
  ['state version', { stateVersion: 2 }],
] as const)('the hash may be the same: another %s is another state', ([, other]) => {
  const disagreeing = [
    { peer: 'a', hash: same },
    { peer: 'b', hash: { ...same, ...other } },
    { peer: 'c', hash: { ...same, ...other } },
  ]
  expect(judge(disagreeing, { count: 3, self: 'a' })).toEqual({ kind: 'outvoted', majority: ['b', 'c'] })
})

test('no two peers think of themselves as the majority against each other', () => {
  const cases = fc.integer({ min: 1, max: 7 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      hashes: fc.array(fc.constantFrom('x', 'y', 'z'), { minLength: count, maxLength: count }),
      heard: fc.array(fc.array(fc.boolean(), { minLength: count, maxLength: count }), {
        minLength: count,
        maxLength: count,
      }),
    }),
  )
  fc.assert(
    fc.property(cases, ({ count, hashes, heard }) => {
      // Each peer has heard of some of the others, as messages are lost.
      const verdicts = hashes.map((_, self) => {
        const known = hashes.flatMap((hash, peer) =>
          peer === self || heard[self]![peer] === true ? [{ peer: `${peer}`, hash: { ...same, hash } }] : [],
        )
        return judge(known, { count, self: `${self}` }).kind
      })
      const agreed = new Set(hashes.filter((_, peer) => verdicts[peer] === 'agreed'))
      expect(agreed.size).toBeLessThanOrEqual(1)
      // Who is outvoted has another state than whoever is agreed.
      for (const [peer, hash] of hashes.entries()) if (verdicts[peer] === 'outvoted') expect(agreed).not.toContain(hash)
    }),
  )
})
