import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TrivetError } from './errors.ts'
import { expandNodeset } from './nodeset.ts'
import { foldNodeset } from './nodeset-fold.ts'

/**
 * Against the real ClusterShell (Debian's package `clustershell`; `cluset` is its name for `nodeset`). What differs on
 * purpose is not generated: wildcards, numbers below 0, touching brackets, an empty text, unknown groups.
 */
const command = ['cluset', 'nodeset'].find((name) => spawnSync(name, ['--version']).status === 0)
const reason = 'ClusterShell is not installed (`apt-get install clustershell`)'

/** What ClusterShell makes of it, or undefined when it refuses. */
function real(action: '-e' | '-f', text: string): string | undefined {
  const { status, stdout } = spawnSync(command!, [action, '--', text], { encoding: 'utf8', timeout: 10_000 })
  return status === 0 ? stdout.trim() : undefined
}

function ours(text: string): readonly string[] | undefined {
  try {
    return expandNodeset(text)
  } catch (error) {
    if (error instanceof TrivetError) return undefined
    throw error
  }
}

test('ClusterShell takes and refuses the same texts, expands to the same names, and reads what we fold', (context) => {
  context.skip(command === undefined, reason)
  const digits = fc.constantFrom('0', '1', '2', '4', '9', '10', '01', '04', '09', '010', '110')
  const range = fc.oneof(
    { weight: 2, arbitrary: digits },
    {
      weight: 3,
      arbitrary: fc
        .tuple(digits, digits)
        .map(([low, high]) => (Number(low) > Number(high) ? `${high}-${low}` : `${low}-${high}`)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(digits, digits, fc.constantFrom('0', '1', '3'))
        .map(([low, high, step]) => `${low}-${high}/${step}`),
    },
  )
  const number = fc.oneof(
    digits,
    fc.array(range, { maxLength: 3 }).map((ranges) => `[${ranges.join(',')}]`),
  )
  const name = fc.tuple(
    fc.constantFrom('n', 'm'),
    number,
    fc.constantFrom('', 's', '-ib'),
    fc.oneof(fc.constant(''), number),
  )
  const single = name.map(([prefix, first, middle, second]) => prefix + first + middle + (middle === '' ? '' : second))
  const nodeset = fc
    .tuple(single, fc.array(fc.tuple(fc.constantFrom(',', '!', '&', '^', ', '), single), { maxLength: 3 }))
    .map(([first, others]) => first + others.flat().join(''))
  fc.assert(
    fc.property(nodeset, (text) => {
      const names = ours(text)
      const expected = real('-e', text)
      expect(names === undefined ? undefined : new Set(names)).toEqual(
        expected === undefined ? undefined : new Set(expected.split(/\s+/).filter((word) => word !== '')),
      )
      if (names === undefined || names.length === 0) return
      expect(new Set(real('-e', foldNodeset(names))?.split(/\s+/))).toEqual(new Set(names))
    }),
    { numRuns: 40 },
  )
}, 120_000)

test.for(['n[001-010/3]', 'x[1000-1001]c0s[0-7]b[0-1]n[0-3]', 'n[9,09,10]', 'n[1,3,5-9]', 'a[1-3]05', 'n[1-9]!n[2-3]'])(
  'ClusterShell folds %s to the same text',
  (text, context) => {
    context.skip(command === undefined, reason)
    expect(foldNodeset(expandNodeset(text))).toBe(real('-f', text))
  },
)
