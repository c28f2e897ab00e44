import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { MemoryDisk } from '../store/memory-disk.ts'
import type { OpenFile } from '../store/files.ts'
import type { SnapshotFrame, SnapshotOffer } from '../transport/snapshot-frame.ts'
import { SnapshotReceiver, type SnapshotReceiverPorts } from './snapshot-receiver.ts'

const offerOf = (id: string): SnapshotOffer => ({ kind: 'offer', id, index: 9, term: 2, sizeBytes: 4 })

function chunkOf(id: string, position: number, text: string): Extract<SnapshotFrame, { kind: 'chunk' }> {
  const data = Buffer.from(text)
  return { kind: 'chunk', id, position, checksum: crc32(data), data }
}

/** A receiver on files whose syncs can be held up, and which count what is open. */
async function receiving() {
  const disk = new MemoryDisk()
  await disk.files.makeDirectory('raft')
  const held: (() => void)[] = []
  const world = { isHeld: false, fails: '', open: 0, failures: [] as string[], sent: [] as SnapshotFrame[], arrived: 0 }
  const counted = (file: OpenFile): OpenFile => {
    let closing: Promise<void> | undefined
    let syncing = Promise.resolve()
    world.open++
    return {
      write: (part) => {
        if (world.fails !== '') throw new Error(world.fails)
        file.write(part)
      },
      sync: () => {
        if (closing !== undefined) return Promise.reject(new Error('file closed'))
        const turn = world.isHeld ? new Promise<void>((resolve) => held.push(resolve)) : Promise.resolve()
        syncing = turn.then(() => file.sync())
        return syncing
      },
      // As a file of the system does it: what is under way is waited for.
      close: () => {
        closing ??= syncing.then(() => file.close()).then(() => void world.open--)
        return closing
      },
    }
  }
  const { files } = disk
  const watched: SnapshotReceiverPorts['files'] = {
    read: (path) => files.read(path),
    sizeOf: (path) => files.sizeOf(path),
    // A large file takes long to remove.
    removeFile: async (path) => {
      await turns(10)
      await files.removeFile(path)
    },
    renameFile: (names) => files.renameFile(names),
    create: async (path) => counted(await files.create(path)),
    open: async (path) => counted(await files.open(path)),
    replace: (path, content) =>
      world.fails === '' ? files.replace(path, content) : Promise.reject(new Error(world.fails)),
  }
  const receiver = new SnapshotReceiver({
    files: watched,
    refusal: () => '',
    send: (_, frame) => void world.sent.push(frame),
    complete: () => {},
    arrived: () => void world.arrived++,
    failed: (reason) => void world.failures.push(reason),
  })
  const release = () => {
    world.isHeld = false
    for (const go of held.splice(0)) go()
  }
  return { receiver, world, release, files }
}

/** Lets all go on that can. */
async function turns(count = 30): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

test('a snapshot of another leader takes the place of one whose sync is under way, and arrives', async () => {
  const { receiver, world, release, files } = await receiving()
  receiver.offered('b', offerOf('old'))
  await turns()
  world.isHeld = true
  receiver.chunk('b', chunkOf('old', 0, 'a'))
  receiver.offered('c', offerOf('new'))
  receiver.chunk('b', chunkOf('old', 1, 'b'))
  release()
  await turns()
  receiver.chunk('c', chunkOf('new', 0, 'good'))
  await turns()
  expect(world.failures).toEqual([])
  expect(world.arrived).toBe(1)
  expect(Buffer.from((await files.read('raft/snapshot.arrived'))!).toString()).toBe('good')
  expect(world.open).toBe(0)
})

test('what is offered while the file of one that failed is being removed has to be offered again, and arrives', async () => {
  const { receiver, world } = await receiving()
  receiver.offered('b', offerOf('old'))
  await turns()
  world.fails = 'no room'
  receiver.chunk('b', chunkOf('old', 0, 'a'))
  world.fails = ''
  for (let at = 0; at < 2; at++) {
    receiver.offered('b', offerOf('new'))
    await turns()
  }
  receiver.chunk('b', chunkOf('new', 0, 'good'))
  await turns()
  expect(world).toMatchObject({ failures: [], arrived: 1, open: 0 })
})

test('a file that cannot be begun is closed again, however often that is tried', async () => {
  const { receiver, world } = await receiving()
  world.fails = 'no room'
  for (let at = 0; at < 3; at++) {
    receiver.offered('b', offerOf('old'))
    await turns()
  }
  expect(world.sent.map((frame) => (frame.kind === 'progress' ? frame.refusal : ''))).toEqual(Array(3).fill('no room'))
  expect(world.open).toBe(0)
})
