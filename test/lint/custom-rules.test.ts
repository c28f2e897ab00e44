import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { samples } from './samples.ts'

interface Diagnostic {
  readonly message: string
  readonly code: string
  readonly help?: string
  readonly filename: string
}

const root = join(import.meta.dirname, '../..')
const binaries = join(root, 'node_modules/.bin')

let folder: string
let diagnostics: readonly Diagnostic[]

/** Samples of one folder must not overwrite one another: each gets its number into its name. */
function fileOf(path: string, at: number): string {
  return path.replace(/sample(?=(\.test)?\.ts$)/, `sample-${at}`)
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivet-lint-'))
  cpSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  const compilerOptions = { types: [] }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['src'] }),
  )
  for (const [at, { path, text }] of samples.entries()) {
    const file = join(folder, fileOf(path, at))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const { stdout, stderr } = spawnSync(join(binaries, 'oxlint'), ['--type-aware', '--format=json', 'src'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      PATH: `${binaries}:${process.env['PATH']}`,
      OXLINT_TSGOLINT_PATH: join(binaries, 'tsgolint'),
    },
  })
  expect(stderr).toBe('')
  diagnostics = (JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.for(samples.map((sample, at) => ({ ...sample, at, says: sample.text.trim().split('\n')[0] })))(
  '$path: $says',
  ({ path, at, caught }) => {
    const here = diagnostics.filter(({ filename }) => filename === fileOf(path, at))
    const found = here.map(({ code, message, help }) => ({ code, text: `${message} ${help ?? ''}` }))
    if (caught === undefined) expect(found).toEqual([])
    else expect(found).toContainEqual({ code: caught[0], text: expect.stringContaining(caught[1]) as string })
  },
)

test('every sample stands in a file of its own, and nothing else is found', () => {
  const files = samples.map(({ path }, at) => fileOf(path, at))
  expect(new Set(files).size).toBe(files.length)
  expect(diagnostics.filter(({ filename }) => !files.includes(filename))).toEqual([])
})
