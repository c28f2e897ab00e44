import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { differingFiles } from './generated-code.ts'

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'trivet-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

test('changed, missing and surplus files are found at any depth', () => {
  const committed = folderWith({ 'same.ts': '1', 'v1/changed.ts': '1', 'v1/surplus.ts': '1' })
  const generated = folderWith({ 'same.ts': '1', 'v1/changed.ts': '2', 'v1/missing.ts': '1' })
  expect(differingFiles(committed, generated)).toEqual(['v1/changed.ts', 'v1/missing.ts', 'v1/surplus.ts'])
  expect(differingFiles(committed, committed)).toEqual([])
})
