import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { factsOf, type ErrorCode } from '../lib/errors.ts'
import { catalogue } from '../lib/error-catalogue.ts'
import { exitCodes } from './exit-codes.ts'

test('the page for operators lists every exit code with its meaning', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/operate/exit-codes.md'), 'utf8')
  const rows = [...page.matchAll(/^\| (\d+) +\| (.*?) +\|$/gm)].map(([, code, meaning]) => [code, meaning])
  expect(rows).toEqual(Object.entries(exitCodes))
})

test('every error of the catalogue exits with a code that is documented', () => {
  for (const code of Object.keys(catalogue)) {
    expect(exitCodes[factsOf(code as ErrorCode).exit], code).toBeDefined()
  }
})
