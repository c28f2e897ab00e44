import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'trivet-start-up-'))
afterAll(() => rmSync(folder, { recursive: true }))

const main = join(import.meta.dirname, '../../../src/main.ts')
const recorder = join(import.meta.dirname, 'record-modules.ts')

/** Every module that one run of the program loads. */
async function modulesOf(argv: readonly string[]): Promise<string[]> {
  const file = join(folder, 'modules')
  await new Promise((resolve) => {
    const env = { ...process.env, MODULES_FILE: file, TRIVET_SERVER: '127.0.0.1:1' }
    execFile(process.execPath, ['--import', recorder, main, ...argv], { env }, resolve)
  })
  return readFileSync(file, 'utf8').split('\n')
}

const heavy = /@grpc|@bufbuild|_pb\.ts$|\/yaml\/|fastify|\/level\//

test.for([
  [['--help']],
  [['--version']],
  [['node', '--help']],
  [['node', 'list', '--help']],
  [['help', 'bmc', 'import']],
])('trivet %s loads neither gRPC nor protobuf, and none of our services', async ([argv]) => {
  const modules = await modulesOf(argv!)
  expect(modules.some((url) => url.endsWith('/src/cli/run-cli.ts'))).toBe(true)
  expect(modules.filter((url) => heavy.test(url))).toEqual([])
  expect(modules.filter((url) => url.includes('/src/gen/')).length).toBeLessThanOrEqual(2)
})

test('a mistake on the line is told without loading them either', async () => {
  expect((await modulesOf(['node', 'list', '--nodse', 'a'])).filter((url) => heavy.test(url))).toEqual([])
})

test('a command that is carried out loads them: the test above would see it', async () => {
  const modules = await modulesOf(['node', 'list', '--timeout', '100ms'])
  expect(modules.some((url) => url.includes('@grpc/grpc-js'))).toBe(true)
  expect(modules.some((url) => url.includes('@bufbuild/protobuf'))).toBe(true)
})
