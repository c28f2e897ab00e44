import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, expect, test } from 'vitest'
import { startFakePeer, type FakePeer } from '../../../src/cli/testing/fake-peer.ts'

const wrapper = join(import.meta.dirname, '../../../bin/trivet')
const folder = mkdtempSync(join(tmpdir(), 'trivet-wrapper-'))
afterAll(() => rmSync(folder, { recursive: true }))

const peers: FakePeer[] = []
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.stop()
})

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

async function endOf(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null, string | null]>,
  ])
  return { code, signal, stdout, stderr }
}

function start(argv: readonly string[], options: { readonly program?: string; readonly env?: NodeJS.ProcessEnv } = {}) {
  const { program = wrapper, env = process.env } = options
  return spawn(program, [...argv], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** A peer whose change stream never ends. */
async function talkingPeer(): Promise<FakePeer> {
  const peer = await startFakePeer({
    WatchChanges: async function* (_, { signal }) {
      for (let revision = 1n; !signal.aborted; revision++) {
        yield { revision, changes: [{ kind: 'group', key: 'grp-1', type: 2 }] }
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  })
  peers.push(peer)
  return peer
}

test('it starts from any directory, also through links, with nothing but the answer on stdout', async () => {
  const link = join(folder, 'link')
  const second = join(folder, 'second')
  symlinkSync(wrapper, link)
  symlinkSync('link', second)
  for (const program of [wrapper, link, second]) {
    const ended = await endOf(start(['--version'], { program }))
    expect(ended).toEqual({
      code: 0,
      signal: null,
      stdout: expect.stringMatching(/^trivet \S+\n$/) as string,
      stderr: '',
    })
  }
})

test('it exits with the code of the command', async () => {
  expect(await endOf(start(['nod', 'list']))).toMatchObject({ code: 2, stdout: '' })
  expect(await endOf(start(['node', 'list', '--server', '127.0.0.1:1']))).toMatchObject({ code: 5, stdout: '' })
})

test('arguments arrive as they were given, blanks, quotes and empty ones', async () => {
  const { stderr } = await endOf(start(['group', 'get', 'a  b"c', '']))
  expect(stderr).toContain('takes GROUP and nothing more; "" is too much')
})

test('it is one process: a signal ends the command itself, and nothing stays behind', async () => {
  const peer = await talkingPeer()
  const child = start(['change', 'watch', '--server', peer.address])
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  expect(await endOf(child)).toMatchObject({ code: null, signal: 'SIGTERM' })
  expect(() => process.kill(child.pid!, 0)).toThrow(/ESRCH/)
})

test('a reader that goes away ends the command without a word', async () => {
  const peer = await talkingPeer()
  const child = start(['change', 'watch', '--server', peer.address])
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [[code], stderr] = await Promise.all([once(child, 'close'), text(child.stderr)])
  expect({ code: code as unknown, stderr }).toEqual({ code: 0, stderr: '' })
})

test('without an installed Node a new enough one of the PATH is taken, an old one is named', async () => {
  const root = join(folder, 'bare')
  mkdirSync(join(root, 'src'), { recursive: true })
  cpSync(wrapper, join(root, 'bin/trivet'))
  writeFileSync(join(root, 'src/main.ts'), `console.log('started', process.argv.slice(2))\n`)
  const program = join(root, 'bin/trivet')
  const tools = '/usr/bin:/bin'
  const recent = join(folder, 'recent')
  const old = join(folder, 'old')
  for (const [place, body] of [
    [recent, `exec '${process.execPath}' "$@"`],
    [old, '[ "$1" = --version ] && echo v18.19.0\n[ "$1" = -e ] && exit 1'],
  ] as const) {
    mkdirSync(place)
    writeFileSync(join(place, 'node'), `#!/bin/sh\n${body}\n`)
    chmodSync(join(place, 'node'), 0o755)
  }
  const env = { HOME: folder }
  const taken = await endOf(start(['a'], { program, env: { ...env, PATH: `${recent}:${tools}` } }))
  expect(taken).toMatchObject({ code: 0, stdout: "started [ 'a' ]\n" })
  const refused = await endOf(start(['a'], { program, env: { ...env, PATH: `${old}:${tools}` } }))
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toContain(
    `${join(old, 'node')} is v18.19.0; trivet needs v24.12 or newer\ntry: cd ${root} && npm install`,
  )
})
