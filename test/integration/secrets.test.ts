import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toJsonString } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { ChangeService, WatchChangesResponseSchema } from '../../src/gen/trivet/change/v1/change_pb.ts'
import { SessionState } from '../../src/gen/trivet/session/v1/session_pb.ts'
import { filesWithSecret, holdsSecret, keysWithSecret } from '../support/processes/find-secret.ts'
import { furnish } from '../support/processes/furnish.ts'
import { endOfSession, startSession } from '../support/processes/sessions.ts'
import { useSite } from '../support/processes/use-site.ts'

const useRoom = useSite(
  {
    purpose: 'secrets',
    peers: ['a', 'b', 'c'],
    room: { nodes: 2, args: ['--speed', '20'] },
    settings: { 'log-level': 'debug' },
  },
  furnish,
)

test('a secret is found in any form that hides nothing', () => {
  const secret = 'pA1-canary_0123456789'
  for (const text of [
    `password=${secret}`,
    Buffer.from(`user:${secret}`).toString('base64'),
    Buffer.from(`root:${secret}:`).toString('base64'),
    Buffer.from(`{"Password":"${secret}"}`).toString('base64'),
    Buffer.from(secret).toString('hex'),
  ]) {
    expect(holdsSecret(Buffer.from(text), secret)).toBe(true)
  }
  expect(holdsSecret(Buffer.from('password=(redacted)'), secret)).toBe(false)
})

describe('the password of the BMCs', () => {
  test('is nowhere: not in what peers say, not in their logs, not in what they keep', async () => {
    const site = useRoom()
    const { path, password } = site.workspace
    // It is used by discovery and session, goes over a change of leader, and a wrong user name brings refusals.
    const session = await startSession(site)
    expect((await endOfSession(site, session)).session?.sessionState).toBe(SessionState.COMPLETED)
    const leader = await site.leader()
    await leader.kill()
    const rest = site.peers.filter((peer) => peer !== leader)
    const cli = site.cli(rest)
    const said: string[] = []
    const typed = async (...words: readonly string[]) => {
      const { stdout, stderr } = await cli.run(...words)
      said.push(`${words.join(' ')}\n${stdout}${stderr}`)
    }
    await typed('credential', 'set', 'x1000c0s0b0', '--username', 'nobody', '--password-file', 'password.txt')
    await typed('discovery', 'start', '--wait')
    for (const form of ['table', 'json', 'yaml']) await typed('credential', 'list', '-o', form)
    for (const noun of ['bmc', 'node', 'discovery', 'session', 'transition']) await typed(noun, 'list', '-o', 'json')
    await typed('bmc', 'get', 'x1000c0s0b0')
    for (const peer of rest) {
      const { admin } = peer.addresses
      for (const page of ['metrics', 'readyz?verbose']) said.push(await (await fetch(`http://${admin}/${page}`)).text())
    }
    const { revision } = await site.agreed(rest)
    for await (const change of site.connect(rest).client(ChangeService).watchChanges({ afterRevision: 0n })) {
      said.push(toJsonString(WatchChangesResponseSchema, change))
      if (Number(change.revision) >= revision) break
    }
    expect(said.filter((text) => holdsSecret(Buffer.from(text), password))).toEqual([])

    await Promise.all(rest.map((peer) => peer.stop()))
    for (const { dataDir, logFile } of site.peers) {
      expect(await filesWithSecret(dataDir, password)).toEqual([])
      const log = await readFile(logFile)
      expect(log.length).toBeGreaterThan(0)
      expect(holdsSecret(log, password)).toBe(false)
      for (const directory of [join(dataDir, 'raft', 'log'), join(dataDir, 'state')]) {
        const { keys, pairs } = await keysWithSecret(directory, password)
        expect(keys).toEqual([])
        expect(pairs).toBeGreaterThan(10)
      }
    }
    // The search would have found it: the file that the CLI read it from is in the workspace.
    expect(await filesWithSecret(path, password)).toContain(join(path, 'password.txt'))
  })
})
