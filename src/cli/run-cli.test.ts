import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { trivetError, type ErrorCode } from '../lib/errors.ts'
import { runCli } from './run-cli.ts'
import { fakeLogTimeMs } from './testing/fake-peer.ts'
import { Terminal } from './testing/terminal.ts'
import { CliBench, tryCli } from './testing/try-cli.ts'
import { uuid7TimeMs } from '../lib/uuid7.ts'

const bench = new CliBench()
const folder = mkdtempSync(join(tmpdir(), 'trivet-cli-'))
afterEach(() => bench.stop())
afterAll(() => rmSync(folder, { recursive: true }))

function nodePages(request: Readonly<Record<string, unknown>>): object {
  const isFirst = request['pageToken'] === ''
  return {
    nodes: [{ xname: isFirst ? 'x1000c0s0b0n0' : 'x1000c0s1b0n0', nid: 1 }],
    nextPageToken: isFirst ? 'second' : '',
    revision: 7n,
  }
}

test('a list follows its pages and prints one table', async () => {
  const peer = await bench.peer({ ListNodes: nodePages })
  const { code, stdout, stderr } = await bench.run(peer, ['node', 'list', '--nodes', 'x1000c0s[0-1]b0n0'])
  expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['XNAME', 'x1000c0s0b0n0', 'x1000c0s1b0n0', ''])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(peer.seen.map(({ request }) => [request['nodes'], request['pageToken']])).toEqual([
    ['x1000c0s[0-1]b0n0', ''],
    ['x1000c0s[0-1]b0n0', 'second'],
  ])
})

test('-o json prints the whole answer as one object', async () => {
  const peer = await bench.peer({ ListNodes: nodePages })
  const { stdout } = await bench.run(peer, ['-o', 'json', 'node', 'list'])
  expect(JSON.parse(stdout)).toMatchObject({
    nodes: [{ xname: 'x1000c0s0b0n0' }, { xname: 'x1000c0s1b0n0' }],
    next_page_token: '',
    revision: '7',
  })
})

test('a write is named by log time, carries its reason, and a repetition says that it is one', async () => {
  const peer = await bench.peer({ DeleteGroup: () => ({ id: 'grp-1' }) })
  const first = await bench.run(peer, ['group', 'delete', 'old', '--etag', 'e1', '--reason', 'not needed'])
  expect(first).toEqual({ code: 0, stdout: 'id  grp-1\n', stderr: '' })
  const [{ request }] = peer.seen.filter(({ method }) => method === 'DeleteGroup') as [(typeof peer.seen)[0]]
  expect(request).toMatchObject({ group: 'old', etag: 'e1', write: { reason: 'not needed', retry: false } })
  const { requestId } = request['write'] as { requestId: string }
  expect(uuid7TimeMs(requestId)).toBe(fakeLogTimeMs)

  await bench.run(peer, ['group', 'delete', 'old', '--request-id', requestId])
  expect(peer.seen.at(-1)!.request).toMatchObject({ write: { requestId, retry: true } })
})

test('flags become the fields of the request, and the mask names them', async () => {
  const peer = await bench.peer({ UpdateNode: () => ({ node: { xname: 'x1000c0s0b0n0' } }) })
  await bench.run(peer, ['node', 'update', 'nid:1', '--hostname', '', '--nid', '12', '--role', 'application'])
  expect(peer.seen.at(-1)!.request).toMatchObject({
    node: 'nid:1',
    nid: 12,
    hostname: '',
    role: 4,
    updateMask: { paths: ['nid', 'hostname', 'role'] },
  })
})

test('a secret reaches the server and nothing else', async () => {
  const peer = await bench.peer({ SetCredential: () => ({ credential: { id: 'cred-1', pattern: '*' } }) })
  const argv = ['credential', 'set', '*', '--username', 'root', '--password-file', '-']
  const { code, stdout, stderr } = await bench.run(peer, argv, { input: 'initial0\n' })
  expect(code).toBe(0)
  expect(peer.seen.at(-1)!.request).toMatchObject({ pattern: '*', username: 'root', password: 'initial0' })
  expect(stdout + stderr).not.toContain('initial0')
})

test('what a server refuses of a file is said with the lines of the file, and that nothing of it was kept', async () => {
  const file = join(folder, 'bmcs.yaml')
  writeFileSync(file, 'bmcs:\n- xname: x1000c0s0b0\n  address: a\n- xname: x1000c0s0b0\n  address: b\n')
  const refuse = (code: 'IMPORT_REFUSED' | 'INVALID_REQUEST') => () => {
    const violations = [{ field: 'bmcs[1].xname', description: 'stands in the file twice' }]
    const reason = 'an xname is doubled'
    if (code === 'INVALID_REQUEST') throw trivetError(code, { reason }, { violations })
    throw trivetError(code, { total: 2, reason }, { violations })
  }
  const refused = await bench.run(await bench.peer({ ImportBmcs: refuse('IMPORT_REFUSED') }), ['bmc', 'import', file])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain(
    `error: 0 of 2 imported: an xname is doubled\n  ${file}:4:10: stands in the file twice\n`,
  )
  const invalid = await bench.run(await bench.peer({ ImportBmcs: refuse('INVALID_REQUEST') }), ['bmc', 'import', file])
  expect(invalid.stderr).toContain(
    `error: 0 of 2 imported: the request is not valid: an xname is doubled\n  ${file}:4:10:`,
  )
})

test.for<[ErrorCode, number]>([
  ['INVALID_REQUEST', 2],
  ['GROUP_NOT_FOUND', 3],
  ['BMC_PASSWORD_CHANGE_REQUIRED', 4],
  ['OVERLOADED', 5],
  ['ETAG_MISMATCH', 6],
])('%s from the server exits with %d and shows what it said', async ([code, exit]) => {
  const params = {
    kind: 'group',
    name: 'g',
    given: 'a',
    present: 'b',
    group: '@compte',
    suggestion: '; did you mean @compute?',
    reason: 'r',
    what: 'w',
    limit: 1,
    unit: 'u',
    address: 'a',
    username: 'u',
  }
  const error = trivetError(code, params as never)
  const peer = await bench.peer({
    GetGroup: () => {
      throw error
    },
  })
  const shown = await bench.run(peer, ['group', 'get', 'g', '--timeout', '1s'])
  expect(shown).toMatchObject({ code: exit, stdout: '' })
  const [first, ...rest] = shown.stderr.split('\n')
  expect(first).toBe(`error: ${error.message}`)
  if (error.remedy !== '') expect(rest).toContain(`try: ${error.remedy}`)
  expect(rest).toContain(`code: ${code}`)

  const json = await bench.run(peer, ['group', 'get', 'g', '--timeout', '1s', '-o', 'json'])
  expect(json).toMatchObject({ code: exit, stdout: '' })
  expect(JSON.parse(json.stderr)).toEqual({
    code,
    message: error.message,
    remedy: error.remedy,
    violations: [],
    request_id: expect.any(String) as string,
  })
})

test('a rule that the server checks is told by the name of the flag', async () => {
  const peer = await bench.peer({})
  const { code, stderr } = await bench.run(peer, ['group', 'create', 'Compute Nodes'])
  expect(code).toBe(2)
  expect(stderr).toMatch(/^ {2}NAME: takes small letters, digits, `-`.* a letter or digit first$/m)
  expect(stderr).toMatch(/^try: correct what is named/m)
})

test('a peer that is not there is unavailable, and one that never answers times out', async () => {
  const peer = await bench.peer({
    GetPeerStatus: (_, call) =>
      new Promise((_resolve, reject) =>
        call.signal.addEventListener('abort', () => reject(call.signal.reason as Error)),
      ),
  })
  const late = await bench.run(peer, ['peer', 'status', '--timeout', '200ms'])
  expect(late.code).toBe(7)
  expect(late.stderr).toMatch(/did not finish within/)
  await peer.stop()
  const away = await bench.run(peer, ['peer', 'status', '--timeout', '200ms'])
  expect(away.code).toBe(5)
  expect(away.stderr).toMatch(/^error: no answer from 127\.0\.0\.1:/)
})

test('the next peer is asked when the first one is away', async () => {
  const away = await bench.peer({})
  await away.stop()
  const peer = await bench.peer({ ListGroups: () => ({ groups: [{ name: 'compute' }] }) })
  const server = `${away.address},${peer.address}`
  const { code, stdout } = await tryCli(['group', 'list', '--no-header', '--server', server])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^compute/)
})

test.for<[string[], RegExp]>([
  [['nod', 'list'], /^error: there is no noun "nod"; did you mean node\?\ntry: `trivet --help`/],
  [['list', 'node'], /^error: there is no noun "list"; did you mean node list\?/],
  [['node', 'lst'], /^error: node has no verb "lst"; did you mean list\?\ntry: `trivet node --help`/],
  [['node', 'frobnicate'], /^error: node has no verb "frobnicate"; there are list, get, create, update, delete/],
  [
    ['node', 'list', '--nodse', 'a'],
    /^error: `node list` has no flag --nodse; did you mean --nodes\?\ntry: `trivet node list --help`/,
  ],
  [['node', 'get'], /^error: NODE is missing/],
  [
    ['node', 'list', '--nodes', 'n[9-010]'],
    /^error: nodeset "n\[9-010\]" is not valid at position 3: the padding .*\n {2}--nodes: /,
  ],
  [['node', 'list', '-o', 'xml'], /^error: --output: "xml" is none of/],
  [['bmc', 'import', '/nowhere.yaml'], /^error: cannot read \/nowhere.yaml: there is no such file\n/],
])('%s is refused before anything is sent, with exit code 2', async ([argv, message]) => {
  const { code, stdout, stderr } = await tryCli(argv, { env: { TRIVET_SERVER: '127.0.0.1:1' } })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
})

test('a mistake on the line is a JSON object too where JSON is asked for', async () => {
  const { stderr } = await tryCli(['nod', 'list', '-o', 'json'])
  expect(JSON.parse(stderr)).toMatchObject({ code: 'USAGE', request_id: '', violations: [] })
})

test('a line that asks for nothing shows help, and is no success', async () => {
  expect(await tryCli([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Nouns:') as string })
  expect(await tryCli(['node'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Verbs:') as string,
  })
})

test('--version says which release this is', async () => {
  expect(await tryCli(['--version'])).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^trivet \d+\.\d+\.\d+\n$/) as string,
    stderr: '',
  })
})

test('a defect of this program says so, and where it is', async () => {
  const terminal = new Terminal()
  const code = await runCli(['group', 'list'], terminal, () => Promise.reject(new TypeError('x is undefined')))
  expect(code).toBe(1)
  expect(terminal.stderr.text).toMatch(/^error: a defect in this program: x is undefined\ntry: report it/)
  expect(terminal.stderr.text).toContain('run-cli.test.ts')
})
