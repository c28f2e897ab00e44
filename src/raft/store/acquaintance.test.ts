import { expect, test } from 'vitest'
import { introductionsMax, remembered, whatIsForgotten, type Introduction } from './acquaintance.ts'

const known: Introduction = { nonce: 'n', starts: 5, run: 'r' }

test.each([
  ['the same start, connecting again', known],
  ['a later start', { ...known, starts: 6, run: 's' }],
  ['one that cannot read its own identity', { nonce: '', starts: 0, run: '' }],
])('%s has forgotten nothing', (_, now) => {
  expect(whatIsForgotten(now, known)).toBeUndefined()
})

test('a stranger cannot have forgotten anything', () => {
  expect(whatIsForgotten(known, undefined)).toBeUndefined()
})

test.each([
  ['another nonce', { ...known, nonce: 'm', starts: 9 }, 'made anew'],
  ['fewer starts', { ...known, starts: 4, run: 's' }, 'restored from an older copy'],
  ['as many starts, and yet another one', { ...known, run: 's' }, 'restored from an older copy'],
])('a data directory with %s has', (_, now, reason) => {
  expect(whatIsForgotten(now, known)).toContain(reason)
})

test('so many are remembered, and whoever was met longest ago is forgotten first', () => {
  let met: Readonly<Record<string, Introduction>> = {}
  for (let at = 0; at < introductionsMax; at++) met = remembered(met, `peer-${at}`, known)
  // Met again: it is the latest now.
  met = remembered(met, 'peer-0', { ...known, starts: 6 })
  expect(Object.keys(met)).toHaveLength(introductionsMax)
  met = remembered(met, 'new', known)
  expect(Object.keys(met)).toHaveLength(introductionsMax)
  expect(met['peer-1']).toBeUndefined()
  expect(met['peer-0']?.starts).toBe(6)
  expect(met['new']).toEqual(known)
})
