import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe } from 'vitest'
import { filesContract } from './files.contract.ts'
import { nodeFiles } from './node-files.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trivet-files-'))
})
afterEach(async () => {
  await rm(root, { recursive: true })
})

describe('the file system', () => {
  filesContract(async () => nodeFiles(root))
})
