import { expect, test } from 'vitest'
import { closest, closestLimits, suggestion } from './closest.ts'

test.for([
  ['compte', ['login', 'compute', 'service'], 'compute'],
  ['comptue', ['compute'], 'compute'],
  ['COMPUTE', ['compute'], 'compute'],
  ['gpu', ['cpu', 'login'], 'cpu'],
  ['zzz', ['compute'], undefined],
  ['a', ['b'], 'b'],
  ['a', ['bc'], undefined],
  ['rack1', ['rack2', 'rack3'], 'rack2'],
  ['node', [], undefined],
] as const)('%s in %j means %s', ([word, candidates, meant]) => {
  expect(closest(word, candidates)).toBe(meant)
})

test('an exact name is found behind a near one', () => {
  expect(closest('rack2', ['rack1', 'rack2'])).toBe('rack2')
})

test('a suggestion is the end of a sentence, or nothing', () => {
  expect(suggestion('compte', ['compute'], '@')).toBe('; did you mean @compute?')
  expect(suggestion('zzz', ['compute'], '@')).toBe('')
})

test('names beyond the limits are not compared', () => {
  const long = 'a'.repeat(closestLimits.wordCharsMax + 1)
  expect(closest(long, [long])).toBeUndefined()
  const many = Array.from({ length: closestLimits.candidatesMax }, () => 'far away')
  expect(closest('near', [...many, 'near'])).toBeUndefined()
})
