import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorsReference, errorsReferenceFile } from './errors-reference.ts'

test('the reference of errors lists the catalogue as it is', () => {
  expect(readFileSync(errorsReferenceFile, 'utf8')).toBe(errorsReference())
})
