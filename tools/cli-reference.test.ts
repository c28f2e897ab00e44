import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cliReference, cliReferenceFile } from './cli-reference.ts'

test('the reference of commands is what the tables say; `npm run generate` writes it', async () => {
  expect(readFileSync(cliReferenceFile, 'utf8')).toBe(await cliReference())
})
