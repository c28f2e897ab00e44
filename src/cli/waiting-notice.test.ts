import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { trivetError } from '../lib/errors.ts'
import { waitingLookEveryMs } from './limits.ts'
import { CliBench } from './testing/try-cli.ts'
import { whyNoAnswer } from './why-no-answer.ts'

const bench = new CliBench()
// Only what looks at a wait; the connection keeps its own time.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(async () => {
  vi.useRealTimers()
  await bench.stop()
})

const reason = 'no leader is known; the other peers are b, c'

/** How a peer stands that waits for a leader, until it has one; counts how often it was asked. */
function standing() {
  const seen = { asked: 0, ready: false }
  const status = () => {
    seen.asked++
    const checks = [{ name: 'leader', ok: seen.ready, reason: seen.ready ? '' : reason }]
    return { logTimeMs: 1n, incarnation: 'inc1', ready: seen.ready, peer: { name: 'a' }, checks }
  }
  return { seen, status }
}

/** Lets a wait last until a peer was asked `count` times more why; all but the last of its answers have been read. */
async function looks(seen: { readonly asked: number }, count: number): Promise<void> {
  const wanted = seen.asked + count
  await vi.waitUntil(
    () => {
      vi.advanceTimersByTime(waitingLookEveryMs)
      return seen.asked >= wanted
    },
    { timeout: 30_000, interval: 10 },
  )
}

test.for([
  ['table', [], `waiting: ${reason} (peer a at ADDRESS)\n`],
  ['json', ['-o', 'json'], `{"waiting":"${reason} (peer a at ADDRESS)"}\n`],
] as const)('a command that waits for a leader says so once, apart from its answer as %s', async ([, flags, line]) => {
  const { seen, status } = standing()
  const held = Promise.withResolvers<object>()
  const peer = await bench.peer({ GetPeerStatus: status, ListGroups: () => held.promise })
  const running = bench.run(peer, ['group', 'list', '--no-header', ...flags])
  await vi.waitUntil(() => peer.seen.some(({ method }) => method === 'ListGroups'), { timeout: 30_000 })
  await looks(seen, 3)
  held.resolve({ groups: [{ name: 'compute' }] })
  const { code, stdout, stderr } = await running
  expect(code).toBe(0)
  expect(stderr).toBe(line.replace('ADDRESS', peer.address))
  expect(stdout).toContain('compute')
  expect(stdout).not.toContain('waiting')
})

test('a command that is refused until there is a leader says so, too', async () => {
  const { seen, status } = standing()
  let isThere = false
  const peer = await bench.peer({
    GetPeerStatus: status,
    ListGroups: () => {
      if (!isThere) throw trivetError('NOT_READY', { reason })
      return { groups: [] }
    },
  })
  const running = bench.run(peer, ['group', 'list'])
  await vi.waitUntil(() => peer.seen.some(({ method }) => method === 'ListGroups'), { timeout: 30_000 })
  await looks(seen, 2)
  isThere = true
  const { code, stderr } = await running
  expect({ code, stderr }).toEqual({ code: 0, stderr: `waiting: ${reason} (peer a at ${peer.address})\n` })
})

test('what one peer says is worth more than that others are away, and nothing is said while one of them would answer', async () => {
  const away = await bench.peer({})
  await away.stop()
  const { seen, status } = standing()
  const peer = await bench.peer({ GetPeerStatus: status })
  const line = `${reason} (peer a at ${peer.address})`
  expect(await whyNoAnswer([away.address, peer.address])).toBe(line)
  expect(await whyNoAnswer([away.address])).toMatch(`no answer from ${away.address}`)
  seen.ready = true
  expect(await whyNoAnswer([away.address, peer.address])).toBeUndefined()
})

test('a peer that would answer is waited for in silence: the call takes its time', async () => {
  const { seen, status } = standing()
  seen.ready = true
  const held = Promise.withResolvers<object>()
  const peer = await bench.peer({ GetPeerStatus: status, ListGroups: () => held.promise })
  const running = bench.run(peer, ['group', 'list'])
  await vi.waitUntil(() => peer.seen.some(({ method }) => method === 'ListGroups'), { timeout: 30_000 })
  await looks(seen, 2)
  held.resolve({ groups: [] })
  expect(await running).toMatchObject({ code: 0, stderr: '' })
})

test('a stream that has begun says no more of it: a terminal is painted on', async () => {
  const { seen, status } = standing()
  const held = Promise.withResolvers<void>()
  const peer = await bench.peer({
    GetPeerStatus: status,
    WatchSession: async function* () {
      yield { session: { id: 'ses-1', sessionState: 2 } }
      await held.promise
      yield { session: { id: 'ses-1', sessionState: 3, completedAt: { seconds: 1n } } }
    },
  })
  let shown = ''
  const running = bench.run(peer, ['session', 'watch', 'ses-1'], { onOutput: (text) => (shown = text) })
  await vi.waitUntil(() => shown !== '', { timeout: 30_000 })
  await looks(seen, 2)
  held.resolve()
  expect(await running).toMatchObject({ stderr: '' })
})
