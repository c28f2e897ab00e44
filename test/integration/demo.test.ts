import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { Semaphore } from '../../src/lib/semaphore.ts'
import type { DemoReport } from '../demo/report.ts'

/** Most of a demo is waiting for servers; two at once need little more than one. */
const demosAtOnce = new Semaphore({ what: 'demos', limit: 2, waitingMax: 10 })

const main = join(import.meta.dirname, '../demo/main.ts')

/** What `npm run -s demo -- …` does. */
function demo(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return demosAtOnce.run(async () => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ])
    return { code, stdout, stderr }
  })
}

async function report(...args: readonly string[]): Promise<{ code: number | null; report: DemoReport }> {
  const { code, stdout } = await demo('--json', ...args)
  // One JSON object and nothing else, on one line.
  expect(stdout).toMatch(/^\{.*\}\n$/)
  return { code, report: JSON.parse(stdout) as DemoReport }
}

const id = expect.stringMatching(/^[0-9a-f]{16}$/) as string
const address = expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string
const count = expect.any(Number) as number
const words = expect.stringMatching(/./) as string
const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/) as string

describe.concurrent('the demo', () => {
  test('holds, and says so in the documented form', async ({ expect: own }) => {
    const { code, report: said } = await report()
    own(said.reason).toBe('')
    own(code).toBe(0)
    own(said).toStrictEqual({
      ok: true,
      reason: '',
      durationMs: count,
      steps: said.steps.map(() => ({ name: words, ok: true, ms: count })),
      leader: { before: id, after: id },
      kill: { on: count, notOn: count },
      writeGapMs: count,
      session: { id: own.stringMatching(/^ses-/) as string, session_state: 'completed', succeeded: 6, failed: 0 },
      peers: Array.from({ length: 3 }, () => ({ id, pid: count, api: address, node: address, admin: address })),
      room: own.stringMatching(/^http:\/\/127\.0\.0\.1:\d+/) as string,
      nodes: Array.from({ length: 6 }, () => ({
        id: own.stringMatching(/^node-/) as string,
        xname: own.stringMatching(/^x1000c0s\db0n0$/) as string,
        mac: own.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/) as string,
        fetches: 7,
        failovers: count,
        failedFetches: 0,
      })),
      power: said.power.map(() => ({ bmc: words, step: own.stringMatching(/_sent$/) as string, attempts: count })),
      scripts: Array.from({ length: 6 }, () => ({
        node: own.stringMatching(/^node-/) as string,
        revision: words,
        sha256ByPeer: own.objectContaining({}) as Record<string, string>,
      })),
    })
    process.stderr.write(`demo: ${said.durationMs} ms, write gap ${said.writeGapMs} ms\n`)
    own(said.writeGapMs).toBeLessThanOrEqual(3_000)
    own(said.leader.after).not.toBe(said.leader.before)
    own(said.kill.on).toBeGreaterThan(0)
    own(said.kill.notOn).toBeGreaterThan(0)
    // One BMC refuses twice, then works.
    own(said.power.filter(({ attempts }) => attempts === 3)).toHaveLength(1)
    own(said.power.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(8)
    // Whoever reads it joins by id: a script is of a node above, and served by the peers that lived then.
    const alive = said.peers.map(({ id: peer }) => peer).filter((peer) => peer !== said.leader.before)
    own(alive).toContain(said.leader.after)
    own(said.scripts.map(({ node }) => node).toSorted()).toStrictEqual(
      said.nodes.map(({ id: node }) => node).toSorted(),
    )
    for (const { sha256ByPeer } of said.scripts) {
      own(Object.keys(sha256ByPeer).toSorted()).toStrictEqual(alive.toSorted())
      own(Object.values(sha256ByPeer)).toStrictEqual([sha256, sha256])
      own(new Set(Object.values(sha256ByPeer)).size).toBe(1)
    }
    own(said.steps.map(({ name }) => name)).toStrictEqual([
      'room',
      'peers',
      'bmc import',
      'discovery',
      'configuration',
      'session',
      'nodes',
      'scripts',
      'return',
      'freeze',
      'ledger',
    ])
  })

  test('with a BMC that never obeys: five of six, the cause, the node, and what to try', async ({ expect: own }) => {
    const { code, stdout } = await demo('--with-failure')
    own(stdout).toContain('All held.')
    own(code).toBe(0)
    own(stdout).toMatch(/session failed, 5 succeeded, 1 failed/)
    own(stdout).toMatch(/1 of 6 failed: x1000c0s5b0n0: power on: no effect: .* Try: trivet .*--nodes 'x1000c0s5b0n0'/)
    // Commands are shown as they are typed, and the password never is.
    for (const command of ['bmc import bmcs.yaml', 'discovery start', 'template create', 'session create']) {
      own(stdout).toContain(`$ trivet ${command}`)
    }
    own(stdout).toMatch(/password \(redacted\)/)
  })

  test('with peers that conclude too early: the second power command is seen', async ({ expect: own }) => {
    const { code, report: said } = await report('--sabotage', 'double-power')
    own(code).toBe(1)
    own(said.ok).toBe(false)
    own(said.reason).toMatch(/BMC x1000c0s\db0 got a power command for its system \S+ while another one was under way/)
    own(said.steps.find(({ name }) => name === 'ledger')?.ok).toBe(false)
  })

  test('with peers that answer without asking the leader: the outdated script is seen', async ({ expect: own }) => {
    const { code, report: said } = await report('--sabotage', 'stale-script', '--nodes', '2')
    own(code).toBe(1)
    own(said.ok).toBe(false)
    own(said.reason).toMatch(/peer [abc] served an outdated script for x1000c0s0b0n0 as the present one/)
    own(said.steps.find(({ name }) => name === 'freeze')?.ok).toBe(false)
  })
})
