import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe } from 'vitest'
import { keyValueContract } from './key-value.contract.ts'
import { openLevel } from './level-key-value.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trivet-level-'))
})
afterEach(async () => {
  await rm(root, { recursive: true })
})

describe('LevelDB', () => {
  keyValueContract(async () => async (options) => openLevel(join(root, 'log'), options))
})
