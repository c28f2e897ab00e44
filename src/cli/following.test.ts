import { afterEach, expect, test } from 'vitest'
import { trivetError } from '../lib/errors.ts'
import type { SeenRequest } from './testing/fake-peer.ts'
import { runCli } from './run-cli.ts'
import { Terminal } from './testing/terminal.ts'
import { CliBench } from './testing/try-cli.ts'

const bench = new CliBench()
afterEach(() => bench.stop())

const session = { id: 'ses-1', operation: 1, groupName: 'compute', total: 2 }
const moments = [
  {
    session: { ...session, sessionState: 2 },
    targets: [
      { xname: 'n0', step: 1 },
      { xname: 'n1', step: 1 },
    ],
    revision: 10n,
  },
  {
    session: { ...session, sessionState: 2, succeeded: 1 },
    targets: [{ xname: 'n0', step: 9, attempt: 1 }],
    revision: 11n,
  },
]
const completed = {
  session: { ...session, sessionState: 3, succeeded: 2 },
  targets: [{ xname: 'n1', step: 9, attempt: 1 }],
  revision: 12n,
}
const failed = {
  session: { ...session, sessionState: 4, succeeded: 1, failed: 1, errorMessage: 'power on of n1: no answer' },
  targets: [{ xname: 'n1', step: 10, attempt: 3, lastError: 'no answer' }],
  revision: 12n,
}

async function* all(...messages: object[]): AsyncGenerator<object> {
  yield* messages
}

/** A stream that stays open until its reader leaves. */
async function* open(signal: AbortSignal, ...messages: object[]): AsyncGenerator<object> {
  yield* messages
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

test('work is followed to its end: in a pipe each change is a line that stands for itself', async () => {
  const peer = await bench.peer({ WatchSession: (_, { signal }) => open(signal, ...moments, completed) })
  const { code, stdout, stderr } = await bench.run(peer, ['session', 'watch', 'ses-1'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toBe(
    [
      'session ses-1 operation=boot session_state=running group_name=compute total=2 succeeded=0 failed=0',
      'n0 step=queued attempt=0',
      'n1 step=queued attempt=0',
      'session ses-1 operation=boot session_state=running group_name=compute total=2 succeeded=1 failed=0',
      'n0 step=succeeded attempt=1',
      'session ses-1 operation=boot session_state=completed group_name=compute total=2 succeeded=2 failed=0',
      'n1 step=succeeded attempt=1',
      '',
    ].join('\n'),
  )
})

test('work that failed exits with 1 and says why', async () => {
  const peer = await bench.peer({ WatchSession: () => all(...moments, failed) })
  const { code, stderr } = await bench.run(peer, ['session', 'watch', 'ses-1'])
  expect(code).toBe(1)
  expect(stderr).toBe(
    'error: session ses-1 is failed: power on of n1: no answer\n' +
      'try: `trivet session get ses-1` shows what became of each target\ncode: WORK_NOT_COMPLETED\n',
  )
})

test('on a terminal the same is painted over itself, with a bar', async () => {
  const peer = await bench.peer({ WatchSession: () => all(...moments, failed) })
  const { stdout } = await bench.run(peer, ['session', 'watch', 'ses-1'], { isTTY: true })
  const last = stdout.split('\u001b[J').at(-1)
  expect(last).toBe(
    [
      'ID     OPERATION  SESSION_STATE  GROUP_NAME  TOTAL  SUCCEEDED  FAILED  CREATED',
      'ses-1  boot       failed         compute     2      1          1       -',
      '',
      `[${'#'.repeat(15)}${'x'.repeat(15)}] 1 of 2 succeeded, 1 failed`,
      '',
      'XNAME  STEP       ATTEMPT  LAST_UPDATED  LAST_ERROR',
      'n0     succeeded  1        -             -',
      'n1     failed     3        -             no answer',
      '',
      'power on of n1: no answer',
      '',
    ].join('\n'),
  )
})

test('-o json prints each message of a stream as one line', async () => {
  const peer = await bench.peer({ WatchSession: () => all(...moments, failed) })
  const { code, stdout, stderr } = await bench.run(peer, ['session', 'watch', 'ses-1', '-o', 'json'])
  const messages = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { revision: string })
  expect(messages.map(({ revision }) => revision)).toEqual(['10', '11', '12'])
  expect(code).toBe(1)
  expect(JSON.parse(stderr)).toMatchObject({ code: 'WORK_NOT_COMPLETED' })
})

test('a stream that breaks goes on at the next peer behind the last revision', async () => {
  const breaking = await bench.peer({
    WatchSession: async function* () {
      yield* moments
      throw trivetError('NOT_READY', { reason: 'it is stopping' })
    },
  })
  const next = await bench.peer({ WatchSession: () => all(completed) })
  const server = `${breaking.address},${next.address}`
  const { code, stdout } = await bench.run(breaking, ['session', 'watch', 'ses-1', '--server', server])
  expect(code).toBe(0)
  expect(next.seen.at(-1)!.request).toMatchObject({ session: 'ses-1', afterRevision: 11n })
  expect(stdout).toContain('n1 step=succeeded')
})

test('--wait follows what was just started; in JSON the answer is printed once, as it ended', async () => {
  const peer = await bench.peer({
    CreateSession: () => ({ session: { ...session, sessionState: 1 } }),
    WatchSession: (request: SeenRequest) => all(...(request['session'] === 'ses-1' ? [...moments, completed] : [])),
  })
  const argv = ['session', 'create', 'compute', '--group-name', 'compute', '--wait']
  const lines = await bench.run(peer, argv)
  expect(lines.code).toBe(0)
  expect(lines.stdout).toMatch(/^session ses-1 .*session_state=running/)
  const json = await bench.run(peer, [...argv, '-o', 'json'])
  expect(JSON.parse(json.stdout)).toMatchObject({ session: { id: 'ses-1', session_state: 'completed', succeeded: 2 } })
})

test('work without a stream of its own is asked for again when something changes', async () => {
  const states = [1, 2, 2, 4]
  let asked = 0
  const peer = await bench.peer({
    StartDiscovery: () => ({ discovery: { id: 'disc-1', runState: 1 } }),
    GetDiscovery: () => ({
      discovery: { id: 'disc-1', runState: states[asked++], total: 1, errorMessage: 'x1000c0s0b0: 401' },
      targets: [{ xname: 'x1000c0s0b0', runState: 2 }],
    }),
    WatchChanges: async function* (_, { signal }) {
      for (let revision = 1n; !signal.aborted; revision++) {
        yield { revision, changes: [{ kind: 'discovery' }] }
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  })
  const { code, stdout, stderr } = await bench.run(peer, ['discovery', 'start', '--wait'])
  expect(asked).toBe(4)
  expect(code).toBe(1)
  expect(stdout).toMatch(/run_state=pending.*\nx1000c0s0b0 run_state=running\n(?:.*\n)*.*run_state=failed/)
  expect(stderr).toContain('error: discovery disc-1 is failed: x1000c0s0b0: 401\n')
})

test('the change stream is a line for each thing that changed; bookmarks are not shown', async () => {
  const change = { principal: 'anonymous@loopback', method: 'DeleteGroup', reason: 'not needed' }
  const group = { kind: 'group', key: 'grp-1', type: 3 }
  const member = { kind: 'group_member', key: 'a/b', type: 3 }
  const peer = await bench.peer({
    // A peer that stops ends its streams in good order.
    WatchChanges: ({ afterRevision }) =>
      afterRevision === 4n
        ? all({ ...change, revision: 5n, changes: [group, member] }, { revision: 6n, bookmark: true })
        : all({ ...change, revision: 7n, changes: [group] }),
  })
  const terminal: Terminal = new Terminal({
    env: { TRIVET_SERVER: peer.address },
    onOutput: (text) => {
      if (text.startsWith('7 ', text.trimEnd().lastIndexOf('\n') + 1)) terminal.close()
    },
  })
  expect(await runCli(['change', 'watch', '--kinds', 'group', '--after-revision', '4'], terminal)).toBe(0)
  expect(terminal.stdout.text.split('\n')).toEqual([
    '5 principal=anonymous@loopback method=DeleteGroup reason="not needed" kind=group key=grp-1 type=deleted',
    '5 principal=anonymous@loopback method=DeleteGroup reason="not needed" kind=group_member key=a/b type=deleted',
    '7 principal=anonymous@loopback method=DeleteGroup reason="not needed" kind=group key=grp-1 type=deleted',
    '',
  ])
  expect(peer.seen.slice(0, 2).map(({ request }) => [request['afterRevision'], request['kinds']])).toEqual([
    [4n, ['group']],
    [6n, ['group']],
  ])
})

test('when all peers stay away, what watches ends and says so', async () => {
  const api = {
    call: (call: { readonly method: string }) =>
      call.method === 'GetPeerStatus'
        ? Promise.resolve({ revision: '1' })
        : Promise.resolve({ group: { name: 'compute' } }),
    stream: async function* () {
      yield {}
      throw trivetError('UNREACHABLE', { address: '127.0.0.1:1', reason: 'refused' })
    },
    close: () => undefined,
  }
  const terminal = new Terminal()
  expect(await runCli(['group', 'get', 'compute', '--watch'], terminal, () => Promise.resolve(api))).toBe(5)
  expect(terminal.stderr.text).toMatch(/^error: no answer from 127.0.0.1:1/)
})

test('--watch shows a list again when it has changed, and only then, until its reader goes away', async () => {
  let power = 1
  const starts: unknown[] = []
  const peer = await bench.peer({
    ListNodes: () => ({
      nodes: [
        { xname: 'n0', powerState: power },
        { xname: 'n1', powerState: 1 },
      ],
      revision: BigInt(power),
    }),
    WatchChanges: async function* ({ afterRevision }, { signal }) {
      starts.push(afterRevision)
      yield { revision: 2n, bookmark: true }
      power = 2
      yield { revision: 3n, changes: [{ kind: 'node_status' }] }
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
  })
  const terminal: Terminal = new Terminal({
    env: { TRIVET_SERVER: peer.address },
    onOutput: (text) => {
      if (text.includes('power_state=on')) terminal.close()
    },
  })
  expect(await runCli(['node', 'list', '--watch'], terminal)).toBe(0)
  expect(terminal.stdout.text).toBe('n0 power_state=off\nn1 power_state=off\nn0 power_state=on\n')
  expect(terminal.stderr.text).toBe('')
  expect(starts).toEqual([1n])
})

test('a watch whose history is gone lists again and goes on from there', async () => {
  let asked = 0
  const peer = await bench.peer({
    GetGroup: () => ({ group: { name: 'compute', memberCount: asked++ } }),
    WatchChanges: async function* (_, { signal }) {
      if (asked === 1) throw trivetError('CHANGES_COMPACTED', { after: 1, oldest: 5 })
      yield* open(signal)
    },
  })
  const terminal: Terminal = new Terminal({
    env: { TRIVET_SERVER: peer.address },
    onOutput: (text) => {
      if (text.includes('member_count=1')) terminal.close()
    },
  })
  expect(await runCli(['group', 'get', 'compute', '--watch'], terminal)).toBe(0)
})

test('what changed between the first answer and the watch is not missed: it begins at a revision that was known before', async () => {
  const starts: unknown[] = []
  let count = 0
  const peer = await bench.peer({
    GetPeerStatus: () => ({ revision: 41n }),
    GetGroup: () => ({ group: { name: 'compute', memberCount: count++ } }),
    WatchChanges: async function* ({ afterRevision }, { signal }) {
      starts.push(afterRevision)
      yield { revision: 42n, changes: [{ kind: 'group_member' }] }
      yield* open(signal)
    },
  })
  const terminal: Terminal = new Terminal({
    env: { TRIVET_SERVER: peer.address },
    onOutput: (text) => {
      if (text.includes('member_count=1')) terminal.close()
    },
  })
  expect(await runCli(['group', 'get', 'compute', '--watch'], terminal)).toBe(0)
  expect(starts).toEqual([41n])
})

test('--timeout ends what follows', async () => {
  const peer = await bench.peer({ WatchSession: (_, { signal }) => open(signal, ...moments) })
  const { code, stderr } = await bench.run(peer, ['session', 'watch', 'ses-1', '--timeout', '300ms'])
  expect(code).toBe(7)
  expect(stderr).toMatch(/did not finish within/)
})
