import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const program = fileURLToPath(new URL('./raft-member-process.ts', import.meta.url))
const deadline = { timeout: 30_000, interval: 5 }

let dataDir: string
let children: ChildProcess[] = []

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trivet-raft-'))
  children = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(dataDir, { recursive: true, force: true })
})

function run(task: 'write' | 'defect') {
  const child = spawn(process.execPath, [program, dataDir, task], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const lines: string[] = []
  const errors: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line))
  const ended = new Promise<string | number | null>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code))
  })
  return { child, lines, errors, ended }
}

test('a lone voter that is killed again and again loses nothing that it has committed', async () => {
  const acknowledged = new Set<string>()
  for (let life = 1; life <= 5; life++) {
    const { child, lines, ended } = run('write')
    const before = acknowledged.size
    await expect.poll(() => new Set([...acknowledged, ...lines]).size, deadline).toBeGreaterThan(before + 200)
    child.kill('SIGKILL')
    await ended
    expect(lines.filter((line) => line.startsWith('damaged'))).toEqual([])
    const committed = lines.filter((line) => line.startsWith('committed'))
    // Main applied nothing durably here, so each life is given everything from the beginning.
    for (const line of acknowledged) expect(committed).toContain(line)
    expect(new Set(committed).size).toBe(committed.length)
    for (const line of committed) acknowledged.add(line)
  }
})

test('a defect ends the process by a signal, with its reason, after its listeners have closed', async () => {
  const { lines, errors, ended } = run('defect')
  expect(await ended).toBe('SIGKILL')
  expect(lines).toContain('listeners closed')
  expect(JSON.parse(errors.at(-1)!)).toMatchObject({
    level: 'fatal',
    code: 'defect',
    message: expect.stringContaining('number 1 of term 2 is not above 1') as string,
  })
})
