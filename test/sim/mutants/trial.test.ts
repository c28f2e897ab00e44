import { expect, test } from 'vitest'
import { controls } from './mutant.ts'
import { trial, verdictOf } from './trial.ts'

function reportWith(failures: readonly object[]): string {
  return JSON.stringify({ seeds: 7, ticks: 10_500, failures, coverage: {}, zeroCells: [] })
}

test('a bug is killed by the oracle that speaks, with the seeds that it took', () => {
  const output = reportWith([{ seed: 7, invariant: 'log matching: entry 3 differs' }])
  const verdict = verdictOf('bug', 400, { code: 1, output, isLate: false })
  expect(verdict).toEqual({ name: 'bug', killed: true, seeds: 7, by: 'log matching: entry 3 differs' })
})

test('a bug that no oracle speaks of survives', () => {
  const verdict = verdictOf('bug', 400, { code: 0, output: reportWith([]), isLate: false })
  expect(verdict).toEqual({ name: 'bug', killed: false, seeds: 7, by: '' })
})

test.each([
  ['takes too long, whatever it has written', { code: null, output: reportWith([{}]), isLate: true }, 'it never ends'],
  ['breaks down', { code: 1, output: '', isLate: false }, 'the run ends with code 1'],
  ['breaks down while it writes', { code: 134, output: '{"seeds":7', isLate: false }, 'the run ends with code 134'],
])('a run that %s kills no bug, and says why', (_how, ending, by) => {
  expect(verdictOf('bug', 400, ending)).toEqual({ name: 'bug', killed: false, seeds: 400, by })
})

test('the copy of the tree has all that a run needs', async () => {
  const [control] = controls
  const verdict = await trial(control!, { seeds: 1, ticks: 20, timeoutMs: 60_000 })
  expect(verdict).toEqual({ name: 'no bug', killed: false, seeds: 1, by: '' })
})
