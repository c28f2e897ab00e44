import { expect, test } from 'vitest'
import { summarise, type TestReport } from './summary.ts'

function report(...tests: readonly (readonly [name: string, status: string])[]): TestReport {
  const assertionResults = tests.map(([fullName, status]) => ({ fullName, status }))
  const status = tests.some(([, outcome]) => outcome === 'failed') ? 'failed' : 'passed'
  return { testResults: [{ name: 'a.test.ts', status, assertionResults }] }
}

test('tests of all reports are counted, skipped ones are named', () => {
  const reports = {
    'unit tests': report(['one', 'passed'], ['two', 'skipped']),
    'integration tests': report(['three', 'passed'], ['four', 'failed']),
  }
  expect(summarise({ reports, steps: [], mustRun: [] })).toEqual({
    passed: 2,
    failed: 1,
    lines: ['skipped: two', 'failed: integration tests: four'],
  })
})

test('a step that failed because of its tests counts once', () => {
  const reports = { 'unit tests': report(['one', 'failed']) }
  const steps = [{ step: 'unit tests', ok: false }]
  expect(summarise({ reports, steps, mustRun: [] }).failed).toBe(1)
})

test('a step that failed although all tests passed counts', () => {
  const reports = { 'unit tests': report(['one', 'passed']) }
  const steps = [
    { step: 'lint', ok: false },
    { step: 'types', ok: true },
    { step: 'unit tests', ok: false },
  ]
  expect(summarise({ reports, steps, mustRun: [] }).lines).toEqual(['failed: step lint', 'failed: step unit tests'])
})

test('a report that was not written is a failure', () => {
  const steps = [{ step: 'unit tests', ok: false }]
  expect(summarise({ reports: { 'unit tests': undefined }, steps, mustRun: [] })).toMatchObject({
    passed: 0,
    failed: 1,
  })
})

test('a file that could not be loaded is a failure', () => {
  const reports = {
    'unit tests': { testResults: [{ name: 'a.test.ts', status: 'failed', message: 'syntax', assertionResults: [] }] },
  }
  expect(summarise({ reports, steps: [], mustRun: [] }).lines).toEqual(['failed: unit tests: a.test.ts: syntax'])
})

test('a test that must run here must not be skipped', () => {
  const reports = { 'integration tests': report(['a real iPXE boots', 'skipped'], ['ClusterShell agrees', 'passed']) }
  expect(summarise({ reports, steps: [], mustRun: ['iPXE', 'ClusterShell'] }).failed).toBe(1)
})
