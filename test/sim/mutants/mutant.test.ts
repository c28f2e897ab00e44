import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allMutants } from './mutant.ts'

const root = join(import.meta.dirname, '../../..')
const mutants = allMutants()

test('there are bugs enough, of evaluation and state as well, each with the assertions on and off', () => {
  const plain = mutants.filter(({ name }) => !name.includes('assertions off'))
  const rules = plain.filter(({ name }) => name.startsWith('rule-'))
  expect(plain.length).toBeGreaterThanOrEqual(40)
  expect(rules.length).toBeGreaterThanOrEqual(15)
  expect(mutants.length).toBe(plain.length + rules.length)
})

test('every bug fits the code that it breaks', () => {
  const patches = new Set(mutants.flatMap((mutant) => mutant.patches))
  const unfit = [...patches].filter((patch) => {
    try {
      execFileSync('git', ['apply', '--check', '-C1', patch], { cwd: root, stdio: 'pipe' })
      return false
    } catch {
      return true
    }
  })
  expect(unfit).toEqual([])
})
