import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TrivetError } from './errors.ts'
import { expandNodeset, type GroupResolver } from './nodeset.ts'
import { foldNodeset } from './nodeset-fold.ts'
import { nodesetLimits } from './nodeset-limits.ts'

const rack: Record<string, readonly string[]> = {
  compute: ['n1', 'n2', 'n3'],
  rack1: ['n1', 'n2'],
  rack2: ['n3', 'n4'],
  'role:compute': ['n1', 'n9'],
  empty: [],
}

const groups: GroupResolver = {
  members: (name) => (Object.hasOwn(rack, name) ? rack[name] : undefined),
  all: () => ['n1', 'n2', 'n3', 'n4', 'n9'],
  names: () => Object.keys(rack),
}

function expand(text: string): string {
  return expandNodeset(text, { groups }).join(' ')
}

describe('what ClusterShell takes', () => {
  test.for([
    ['n1', 'n1'],
    ['n[001-010/3]', 'n001 n004 n007 n010'],
    ['n[1-9]!n[2-3]', 'n1 n4 n5 n6 n7 n8 n9'],
    ['n[1-3]&n[2-5]', 'n2 n3'],
    ['n[1-3]^n[2-5]', 'n1 n4 n5'],
    ['n[1-4]!n2,n2', 'n1 n2 n3 n4'],
    ['n[1-2],m[1-3]&n2', 'n2'],
    ['n1^n1,n2', 'n2'],
    ['n1!n1', ''],
    ['n[8-11]', 'n8 n9 n10 n11'],
    ['n[1,01,001]', 'n1 n01 n001'],
    ['n[00-02]', 'n00 n01 n02'],
    ['n[0-1]', 'n0 n1'],
    ['n[1-3/5]', 'n1'],
    ['n[ 1 - 3 , 5 ]', 'n1 n2 n3 n5'],
    [' n1 , n2\n', 'n1 n2'],
    ['a[1-3]05', 'a105 a205 a305'],
    ['[51-53]', '51 52 53'],
    ['n[0-1][8-9]', 'n08 n09 n18 n19'],
    ['n1,n1', 'n1'],
    ['nid:[1-2]', 'nid:1 nid:2'],
    ['a4:bf:01:02:03:04', 'a4:bf:01:02:03:04'],
  ])('%s is %s', ([text, names]) => {
    expect(expand(text!)).toBe(names)
  })

  test('a rack in four dimensions', () => {
    const names = expandNodeset('x[1000-1001]c0s[0-7]b[0-1]n[0-3]')
    expect(names).toHaveLength(128)
    expect(names[0]).toBe('x1000c0s0b0n0')
    expect(names.at(-1)).toBe('x1001c0s7b1n3')
  })
})

describe('groups', () => {
  test.for([
    ['@compute', 'n1 n2 n3'],
    ['@rack[1-2]', 'n1 n2 n3 n4'],
    ['@role:compute!@rack1', 'n9'],
    ['@*!@compute', 'n4 n9'],
    ['@empty', ''],
    ['n7,@rack1', 'n1 n2 n7'],
  ])('%s is %s', ([text, names]) => {
    expect(expand(text!)).toBe(names)
  })

  test('an unknown group is an error that names the nearest one, never an empty set', () => {
    expect(() => expand('@compte')).toThrow('there is no group @compte; did you mean @compute?')
    expect(() => expand('n1,@zzz')).toThrow(/there is no group @zzz$/)
  })

  test('names that every object has are no groups', () => {
    expect(() => expand('@constructor')).toThrow(/no group @constructor/)
  })

  test('a group is refused where no groups are known', () => {
    expect(() => expandNodeset('n1,@compute')).toThrow(/position 4: groups are not known here/)
  })
})

describe('what does not fit is named with its position', () => {
  test.for([
    ['', /position 1: it is empty/],
    ['n[9-010]', /position 3: the padding of 9-010 differs; write 009-010 or 9-10/],
    ['n[01-100]', /position 3: the padding of 01-100 differs; write 001-100 or 1-100/],
    ['n1,n[4,3-1]', /position 8: the range 3-1 runs backwards/],
    ['n[]', /position 2: the brackets are empty/],
    ['n[1-', /position 2: the bracket that opens here is not closed/],
    ['n[1', /position 2: the bracket that opens here is not closed/],
    ['n[1,]', /position 5: a number is missing/],
    ['n[,1]', /position 3: a number is missing/],
    ['n[-1-3]', /position 3: a number is expected in brackets, not "-"/],
    ['n[1-10/0]', /position 3: a step is at least 1/],
    ['n[1/2]', /position 4: "\/" cannot stand in brackets/],
    ['n[a-b]', /position 3: a number is expected in brackets, not "a"/],
    ['n[1a]', /position 4: "a" cannot stand in brackets/],
    ['n[[1-3]', /position 3: a number is expected in brackets, not "\["/],
    ['n[1-3]]', /position 7: a bracket closes that was not opened/],
    ['n[1234567890123456]', /position 3: a number in brackets has at most 15 digits/],
    [',n1', /position 1: a name is missing before ","/],
    ['n1,', /position 4: a name is missing at the end/],
    ['n1!!n2', /position 4: a name is missing before "!"/],
    ['n1 n2', /position 4: a blank stands within a name, or a comma is missing/],
    ['@', /position 1: the name of a group is missing behind @/],
    ['n*', /position 2: wildcards are not taken/],
    ['n/1', /position 2: "\/" cannot stand in a name/],
    ['-n1', /position 1: a name begins with a letter or a digit/],
    [`n${'1'.repeat(253)}`, /position 1: a name has at most 253 characters/],
  ] as const)('%s', ([text, error]) => {
    expect(() => expand(text)).toThrow(error)
  })

  test('of a long nodeset the part around the position is shown', () => {
    expect(() => expand(`${'n1,'.repeat(1000)}n[]${',n1'.repeat(1000)}`)).toThrow(/^nodeset …".{80}"… is not valid/)
  })
})

describe('nothing is expanded beyond the limit', () => {
  test.for([
    'n[1-10000000]',
    'n[1-999999999999999]',
    'a[0-99999]b[0-99999]c[0-99999]',
    'n[1-200000],m1',
    'n[1-150000]!n[1-150000]',
  ])('%s', (text) => {
    expect(() => expand(text)).toThrow(/at most 200000 are taken; nothing was expanded/)
  })

  test('the error says how many names there would have been', () => {
    expect(() => expand('n[1-10000000]')).toThrow(/stands for 10000000 names/)
  })

  test('exactly the limit is taken', () => {
    expect(expandNodeset(`n[1-${nodesetLimits.namesMax}]`)).toHaveLength(nodesetLimits.namesMax)
  })

  test('the members of groups count too', () => {
    expect(expandNodeset('@compute', { groups, namesMax: 4 })).toHaveLength(3)
    expect(() => expandNodeset('@compute', { groups, namesMax: 3 })).toThrow(/NODESET_TOO_LARGE|at most 3 are taken/)
  })

  test('a text over its limit is refused before it is read', () => {
    expect(() => expand('n'.repeat(nodesetLimits.textCharsMax + 1))).toThrow(/characters long; at most 4194304/)
  })
})

const range = fc
  .tuple(fc.nat(120), fc.nat(12), fc.integer({ min: 1, max: 4 }), fc.constantFrom(0, 3))
  .map(([low, more, step, width]) => {
    const [from, to] = [low, low + more].map((number) => String(number).padStart(width, '0'))
    return more === 0 ? from! : `${from}-${to}${step === 1 ? '' : `/${step}`}`
  })
const bracket = fc.array(range, { minLength: 1, maxLength: 3 }).map((ranges) => `[${ranges.join(',')}]`)
const number = fc.oneof(fc.nat(12).map(String), bracket)
const name = fc.oneof(
  fc.tuple(fc.constantFrom('n', 'm', 'x1c'), number).map((parts) => parts.join('')),
  fc
    .tuple(fc.constant('x'), number, fc.constant('s'), number, fc.constantFrom('', '.site'))
    .map((parts) => parts.join('')),
)
const nodeset = fc
  .tuple(name, fc.array(fc.tuple(fc.constantFrom(',', '!', '&', '^'), name), { maxLength: 4 }))
  .map(([first, others]) => first + others.flat().join(''))

test('what is folded expands to the same names', () => {
  fc.assert(
    fc.property(nodeset, (text) => {
      const names = expandNodeset(text)
      if (names.length > 0) expect(expandNodeset(foldNodeset(names))).toEqual(names)
    }),
  )
})

test('any names fold to a text that expands to them', () => {
  const digits = fc.string({ unit: fc.constantFrom('0', '1', '9'), minLength: 1, maxLength: 18 })
  const names = fc.array(
    fc.tuple(fc.constantFrom('n', ''), digits, fc.constantFrom('', '-ib'), digits).map((parts) => parts.join('')),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  fc.assert(
    fc.property(names, (list) => {
      expect(new Set(expandNodeset(foldNodeset(list)))).toEqual(new Set(list))
    }),
  )
})

test('no text makes it throw anything but an error of the catalogue', () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'n[]01-9/,!&^@* x.:'.split('')), maxLength: 24 }),
    fc.string({ unit: 'binary', maxLength: 12 }),
  )
  fc.assert(
    fc.property(text, (nodesetText) => {
      try {
        expandNodeset(nodesetText, { groups, namesMax: 1000 })
      } catch (error) {
        expect(error).toBeInstanceOf(TrivetError)
      }
    }),
    { numRuns: 2000 },
  )
})
