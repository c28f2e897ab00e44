import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeDisk } from '../raft/index.ts'
import { formatStore } from '../raft/store/format-store.ts'
import { markKey } from '../state/storage/keys.ts'
import { encodeMark } from '../state/storage/records.ts'
import { readConfig } from './config.ts'
import { readDamage, writeDamage } from './damage-mark.ts'
import { openDataDir } from './data-dir.ts'
import type { Ground } from './open-ground.ts'
import { openGround } from './open-ground.ts'

let directory: string
let key: string
const opened: Ground[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-ground-'))
  key = join(directory, 'site.key')
  await writeFile(key, Buffer.alloc(32, 1).toString('base64'), { mode: 0o600 })
})
afterEach(async () => {
  for (const ground of opened.splice(0)) await ground.opened.keyValue.close()
  await rm(directory, { recursive: true })
})

const path = () => join(directory, 'data')
const lone = (...argv: string[]) => readConfig(['--data-dir', path(), ...argv], {})
const quorum = (...argv: string[]) =>
  lone('--initial-peers', 'a=127.0.0.1:1,b=127.0.0.1:2,c=127.0.0.1:3', '--name', 'a', '--seal-key-file', key, ...argv)

async function open(config = lone()): Promise<Ground> {
  const ground = await openGround(config)
  opened.push(ground)
  return ground
}

/** As a peer leaves it behind that ran once. */
async function ranOnce(config = lone()): Promise<Ground> {
  const ground = await openGround(config)
  const { cluster } = ground
  await formatStore(nodeDisk(path()), {
    clusterId: cluster.id,
    self: cluster.self.id,
    peers: cluster.peers,
    nonce: '00',
  })
  await ground.opened.keyValue.close()
  return ground
}

test('the first start of a peer that stands alone makes its token and its key, for its owner only', async () => {
  const ground = await open()
  expect(ground).toMatchObject({ damage: '', dataDir: { isNew: true } })
  for (const file of ['cluster-token', 'seal.key']) expect((await stat(join(path(), file))).mode & 0o777).toBe(0o600)
})

test('a peer that stood alone is the same after a restart', async () => {
  const before = await ranOnce()
  const after = await open()
  expect(after.cluster).toEqual(before.cluster)
  expect(after.sealer.keyId).toBe(before.sealer.keyId)
})

test('a first start that was interrupted goes on with what it had made', async () => {
  await openGround(lone()).then((ground) => ground.opened.keyValue.close())
  const token = await readFile(join(path(), 'cluster-token'), 'utf8')
  const ground = await open()
  expect(`${ground.cluster.token}\n`).toBe(token)
})

test('a peer of a quorum makes neither token nor key', async () => {
  await open(quorum())
  expect(await readdir(path())).toEqual(['state'])
})

test('a key that is lost is not replaced by another one, with which nothing could be opened', async () => {
  await ranOnce()
  await rm(join(path(), 'seal.key'))
  await expect(open()).rejects.toMatchObject({ code: 'SEAL_KEY_INVALID', params: { reason: 'ENOENT' } })
  expect(existsSync(join(path(), 'seal.key'))).toBe(false)
})

test('in a directory of another cluster nothing is made, opened or changed', async () => {
  await ranOnce(quorum())
  const before = await readdir(path(), { recursive: true })
  await expect(open(lone())).rejects.toMatchObject({ code: 'DATA_DIRECTORY_FOREIGN' })
  await expect(open(quorum('--cluster-token', 'other'))).rejects.toMatchObject({ code: 'DATA_DIRECTORY_FOREIGN' })
  expect(await readdir(path(), { recursive: true })).toEqual(before)
})

test('a directory that another process has open is said to be in use', async () => {
  await ranOnce()
  await open()
  await expect(open()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_LOCKED' })
})

test.each([
  ['of a quorum', quorum],
  ['that stands alone', lone],
])('a peer %s makes a state that is damaged anew from its log, and keeps the damaged one', async (_, config) => {
  await ranOnce(config())
  await rm(join(path(), 'state'), { recursive: true })
  await writeFile(join(path(), 'state'), 'no database')
  const ground = await open(config())
  expect(ground).toMatchObject({
    damage: '',
    rebuilt: expect.stringMatching(/^the state on disk is damaged/) as string,
  })
  expect(ground.opened.state.position.index).toBe(0)
  expect(await readFile(join(path(), 'state.damaged'), 'utf8')).toBe('no database')
  await opened.pop()!.opened.keyValue.close()
  expect(await open(config())).toMatchObject({ damage: '', rebuilt: '' })
})

test('without an identity there is no log to make a state from: a lone peer does not start, another one says so', async () => {
  for (const config of [quorum(), lone()]) {
    await ranOnce(config)
    for (const part of ['state', 'raft/identity.json', 'raft/identity.copy.json'])
      await rm(join(path(), part), { recursive: true })
    if (config.initialPeers === undefined) {
      await expect(open(config)).rejects.toThrow(/of this only voter is damaged: the state on disk is damaged/)
    } else {
      expect((await open(config)).damage).toMatch(/^the state on disk is damaged/)
      await opened.pop()!.opened.keyValue.close()
    }
    await rm(path(), { recursive: true })
  }
})

test('a peer whose log is gone while its state is there is damaged, not new', async () => {
  const ground = await openGround(quorum())
  const { state, keyValue } = ground.opened
  state.apply({ index: 1, term: 1 }, undefined)
  await keyValue.batch([{ key: markKey, value: encodeMark(state) }], { sync: true })
  await keyValue.close()
  expect((await open(quorum())).damage).toBe('the state on disk is damaged: it was in use before it was made')
})

test('a state that was found wrong in an earlier run is made anew, once', async () => {
  const before = await ranOnce(quorum())
  await writeDamage(await openDataDir(path()), 'its state is not\nthe one of b, c')
  const ground = await open(quorum())
  expect(ground).toMatchObject({ damage: '', rebuilt: 'its state is not the one of b, c' })
  expect(ground.opened.state.position.index).toBe(0)
  expect(ground.opened.state.incarnation).toBe(before.opened.state.incarnation)
  expect(await readDamage(await openDataDir(path()))).toBe('')
})

test('a mark of damage is believed whatever it says', async () => {
  const dataDir = await openDataDir(path())
  expect(await readDamage(dataDir)).toBe('')
  await writeFile(dataDir.damageFile, '')
  expect(await readDamage(dataDir)).toBe('it was marked as damaged')
})
