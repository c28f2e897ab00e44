import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeStateDirectories } from '../../state/storage/node-state-directories.ts'
import { openDataDir } from '../data-dir.ts'
import { complete, isComplete, putInPlace, writeOrder } from './put-in-place.ts'

const installed = 'state.0123456789abcdef'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trivet-put-in-place-'))
})
afterEach(async () => rm(root, { recursive: true }))

/** A directory with one file in it that can be told from others. */
async function make(name: string, content: string): Promise<void> {
  await mkdir(join(root, name), { recursive: true })
  await writeFile(join(root, name, 'what'), content)
}

const contentOf = (name: string) => readFile(join(root, name, 'what'), 'utf8')

/** What a peer has that has installed a snapshot, and was found wrong. */
async function makePeer(): Promise<void> {
  await make('raft', 'old log')
  await make(installed, 'old state')
  await nodeStateDirectories(root).point(installed)
  await writeFile(join(root, 'damaged'), 'outvoted')
  await writeFile(join(root, 'seal.key'), 'key')
}

async function makeAnew(digest: string, parts: { readonly log: string; readonly state?: string }): Promise<void> {
  await make('recovered.new/raft', parts.log)
  if (parts.state !== undefined) await make('recovered.new/state', parts.state)
  await writeOrder(root, { digest, hasState: parts.state !== undefined })
}

async function apply(digest: string): Promise<void> {
  await complete(root, digest)
  await putInPlace(root)
}

const kept = ['damaged', 'raft', installed, 'state.pointer']

test('log, state, its pointer and the mark that it is wrong are set aside together; the rest stays', async () => {
  await makePeer()
  await makeAnew('plan', { log: 'new log', state: 'new state' })
  await apply('plan')
  expect((await readdir(root)).toSorted()).toEqual(['before-recovery.1', 'raft', 'seal.key', 'state'])
  expect((await readdir(join(root, 'before-recovery.1'))).toSorted()).toEqual(kept)
  expect([await contentOf('raft'), await contentOf('state')]).toEqual(['new log', 'new state'])
  expect(await nodeStateDirectories(root).current()).toBe('state')
  expect(await nodeStateDirectories(join(root, 'before-recovery.1')).current()).toBe(installed)
})

test('a second recovery keeps what the first one kept', async () => {
  await makePeer()
  await makeAnew('first', { log: 'log 1', state: 'state 1' })
  await apply('first')
  await makeAnew('second', { log: 'log 2' })
  await apply('second')
  expect(await readdir(root)).not.toContain('state')
  expect(await contentOf('raft')).toBe('log 2')
  expect(await contentOf(`before-recovery.1/${installed}`)).toBe('old state')
  expect([await contentOf('before-recovery.2/raft'), await contentOf('before-recovery.2/state')]).toEqual([
    'log 1',
    'state 1',
  ])
})

test.each([
  ['a new state', 'new state'],
  ['a state that the log makes', undefined],
])(
  'a recovery with %s that is interrupted at any point is ended by the next try, and nothing is lost',
  async (_, state) => {
    let moves = 0
    for (let stopAt = 0; ; stopAt++) {
      await rm(root, { recursive: true })
      await mkdir(root)
      await makePeer()
      await makeAnew('plan', { log: 'new log', ...(state === undefined ? {} : { state }) })
      await complete(root, 'plan')
      expect(await isComplete(root, 'plan')).toBe(true)
      expect(await isComplete(root, 'another')).toBe(false)
      moves = 0
      const stopping = async (from: string, to: string) => {
        if (moves++ === stopAt) throw new Error('the power is gone')
        await rename(from, to)
      }
      const end = await putInPlace(root, stopping).then(
        () => 'done',
        () => 'interrupted',
      )
      if (end === 'interrupted') {
        // No peer starts on a part of it.
        await expect(openDataDir(root)).rejects.toMatchObject({ code: 'RECOVERY_UNFINISHED' })
        await apply('plan')
      }
      const expected = ['before-recovery.1', 'raft', 'seal.key', ...(state === undefined ? [] : ['state'])]
      expect((await readdir(root)).toSorted()).toEqual(expected)
      expect((await readdir(join(root, 'before-recovery.1'))).toSorted()).toEqual(kept)
      expect(await contentOf('raft')).toBe('new log')
      expect(await contentOf('before-recovery.1/raft')).toBe('old log')
      if (state !== undefined) expect(await contentOf('state')).toBe(state)
      if (end === 'done') break
    }
    expect(moves).toBe(state === undefined ? 6 : 7)
  },
)

test('what another plan has left unfinished is not put in place', async () => {
  await makePeer()
  await makeAnew('other', { log: 'new log' })
  await apply('plan')
  expect(await contentOf('raft')).toBe('old log')
})

test('a directory with nothing in it gets what was made', async () => {
  await makeAnew('plan', { log: 'new log' })
  await apply('plan')
  expect(await contentOf('raft')).toBe('new log')
})
