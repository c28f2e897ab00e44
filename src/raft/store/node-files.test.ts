import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
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

  test.for(['read', 'sizeOf', 'exists', 'removeFile'] as const)(
    'an error that does not say that a file is missing is none of that for %s',
    async (call) => {
      await writeFile(join(root, 'file'), '')
      await expect(nodeFiles(root)[call]('file/below')).rejects.toMatchObject({ code: 'ENOTDIR' })
    },
  )
})
