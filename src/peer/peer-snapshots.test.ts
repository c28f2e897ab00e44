import { toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { ConfigurationSchema } from '../gen/trivet/raft/v1/configuration_pb.ts'
import type { MadeSnapshot, MemberStatus } from '../raft/index.ts'
import { readSnapshot } from '../state/snapshot/read-snapshot.ts'
import { CrashingStates } from '../state/testing/crashing-states.ts'
import { readingFrom, sampleFacts, sampleState } from '../state/testing/sample-snapshot.ts'
import { Stage } from '../state/testing/stage.ts'
import { PeerSnapshots } from './peer-snapshots.ts'
import { snapshotFileOf } from './snapshot-folder.ts'

const { id } = sampleFacts

/** A leader that is asked for a snapshot, with a folder in memory; `match` is how far its follower is. */
async function setUp({ match = Infinity, isCut = false, isFull = false } = {}) {
  const { keyValue } = await sampleState(40)
  const stage = await Stage.open(keyValue)
  const files = new Map<string, Uint8Array[]>()
  const made: (MadeSnapshot | undefined)[] = []
  const damages: string[] = []
  const logged: string[] = []
  const stopping = new AbortController()
  const leader = { id: 'a', leader: 'a', progress: [{ id: 'b', match, learner: false, recentActive: true }] }
  const snapshots = new PeerSnapshots({
    places: {
      states: new CrashingStates(),
      folder: {
        create: async (name) => {
          const parts: Uint8Array[] = []
          files.set(name, parts)
          const append = async (bytes: Uint8Array) => {
            if (isFull) throw new Error('no space left')
            parts.push(bytes)
          }
          return { append, sync: async () => {}, close: async () => {} }
        },
        remove: async (name) => void files.delete(name),
        clear: async () => files.clear(),
      },
    },
    cluster: { id: sampleFacts.clusterId, self: { id: 'a', name: 'a' } },
    replica: stage.replica,
    member: () => ({
      logPoint: async (index) => {
        const configuration = toBinary(ConfigurationSchema, sampleFacts.configuration)
        return isCut ? undefined : { index, term: 1, chain: sampleFacts.chain, configuration }
      },
      snapshotMade: (snapshot) => void made.push(snapshot),
      stateSynced: () => {},
      status: async () => leader as unknown as MemberStatus,
    }),
    logger: {
      info: (_: unknown, text?: string) => void logged.push(text ?? ''),
      warn: (_: unknown, text?: string) => void logged.push(text ?? ''),
    },
    damaged: (reason) => damages.push(reason),
    signal: stopping.signal,
    drawId: () => id,
  })
  const rot = () => keyValue.batch([{ key: 'r/note/0000000000000006', value: undefined }], { sync: true })
  return { snapshots, stage, rot, files, made, damages, logged, stopping }
}

test('a snapshot that was made is offered, and is whole', async () => {
  const { snapshots, files, made, damages } = await setUp()
  await Promise.all([snapshots.make(), snapshots.make()])
  const bytes = Buffer.concat(files.get(id)!)
  expect(made).toEqual([{ id, index: 40, term: 1, sizeBytes: bytes.length, file: snapshotFileOf(id) }])
  const kinds: string[] = []
  for await (const { kind } of readSnapshot('f', readingFrom(bytes))) kinds.push(kind)
  expect(kinds.at(-1)).toBe('end')
  expect(damages).toEqual([])
  await snapshots.remove(id)
  expect(files.size).toBe(0)
})

test('one of a state whose disk has lost a row is never offered, and this peer makes its state anew', async () => {
  const { snapshots, rot, files, made, damages } = await setUp({ match: 40 })
  await rot()
  await snapshots.make()
  expect(made).toEqual([undefined])
  expect(files.size).toBe(0)
  expect(damages).toEqual(['the state on disk is damaged: its rows do not sum up to its state hash'])
})

test('a peer whose state on disk is damaged goes on, and says so, as long as nobody else has all of it', async () => {
  const { snapshots, rot, made, damages, logged } = await setUp({ match: 39 })
  await rot()
  await snapshots.make()
  await snapshots.make()
  expect(made).toEqual([undefined, undefined])
  expect(damages).toEqual([])
  expect(logged).toContainEqual(expect.stringContaining('this peer goes on, for no other has all of it'))
})

test('a snapshot that the disk has no room for, or whose place in the log was cut, is not offered; the state is not blamed', async () => {
  for (const hindrance of [{ isFull: true }, { isCut: true }]) {
    const { snapshots, files, made, damages } = await setUp(hindrance)
    await snapshots.make()
    expect(made).toEqual([undefined])
    expect(files.size).toBe(0)
    expect(damages).toEqual([])
  }
})

test('a peer that stops makes none, and finds nothing out', async () => {
  const { snapshots, rot, made, damages, stopping } = await setUp()
  await rot()
  const making = snapshots.make()
  stopping.abort()
  await making
  await snapshots.make()
  await snapshots.stop()
  expect(made).toEqual([])
  expect(damages).toEqual([])
})
