import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPlan } from './read-plan.ts'

let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'trivet-plan-'))
})
afterAll(async () => rm(root, { recursive: true, force: true }))

async function fileOf(text: string): Promise<string> {
  const path = join(root, 'plan.json')
  await writeFile(path, text)
  return path
}

const plan = { version: 2, digest: 'd', incarnation: '', directories: [], state: { kind: 'replayed' } }

test('what was planned is read as it was written', async () => {
  expect(await readPlan(await fileOf(`${JSON.stringify(plan)}\n`))).toEqual(plan)
})

test.each([
  ['what a peer has printed', 'peer trivet: api 127.0.0.1:7400\n'],
  ['a plan of another release', JSON.stringify({ ...plan, version: 1 })],
  ['a plan that lacks its directories', JSON.stringify({ ...plan, directories: undefined })],
  ['a plan without a state', JSON.stringify({ ...plan, state: null })],
  ['half a plan', JSON.stringify(plan).slice(0, 40)],
  ['a list', '[]'],
  ['nothing', ''],
])('%s is no plan, and the error says so', async (_, text) => {
  const reason = expect.stringMatching(/no plan of this release/) as string
  const file = await fileOf(text)
  await expect(readPlan(file)).rejects.toMatchObject({ code: 'FILE_INVALID', params: { file, reason } })
})

test('a file that is not there is named', async () => {
  const file = join(root, 'absent.json')
  await expect(readPlan(file)).rejects.toMatchObject({ code: 'FILE_UNREADABLE', params: { file } })
})
