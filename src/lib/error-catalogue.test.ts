import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { catalogue } from './error-catalogue.ts'
import type { ErrorFacts } from './errors.ts'

const folder = join(import.meta.dirname, 'error-catalogue')

test('every code of every subject is in the catalogue, and none is there twice', async () => {
  const codes: string[] = []
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    const subject = (await import(join(folder, file))) as Record<string, Record<string, ErrorFacts>>
    for (const errors of Object.values(subject)) codes.push(...Object.keys(errors))
  }
  expect(codes.toSorted()).toEqual(Object.keys(catalogue).toSorted())
})

test.for(Object.entries<ErrorFacts>(catalogue))(
  '%s reads as one line that begins small and ends open',
  ([code, facts]) => {
    expect(code).toMatch(/^[A-Z][A-Z0-9_]*$/)
    for (const text of [facts.message, facts.remedy]) {
      expect(text).not.toMatch(/\n|\.$|^[A-Z][a-z]/)
      expect(text.replaceAll(/\{\w+\}/g, '')).not.toMatch(/[{}]/)
    }
    expect(facts.message).not.toBe('')
  },
)
