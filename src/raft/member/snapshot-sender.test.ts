import { expect, test } from 'vitest'
import type { SnapshotFrame } from '../transport/snapshot-frame.ts'
import {
  snapshotBytesPerTick,
  snapshotChunkBytes,
  snapshotOfferTicks,
  snapshotStallTicks,
  snapshotWindowBytes,
} from './limits.ts'
import { SnapshotSender } from './snapshot-sender.ts'

const turns = async () => {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve()
}

/** A sender, and a receiver that answers when a test says so. */
function setUp(sizeBytes: number) {
  const frames: SnapshotFrame[] = []
  const outcomes: { readonly delivered: boolean; readonly reason: string }[] = []
  const link = { isUp: true }
  const snapshot = { id: 's1', index: 9, term: 2, sizeBytes, file: 'made' }
  const sender = new SnapshotSender({
    snapshot,
    read: async (part) => new Uint8Array(part.sizeBytes),
    send: (frame) => link.isUp && frames.push(frame) > 0,
    done: (outcome) => outcomes.push(outcome),
  })
  const sent = () => frames.flatMap((frame) => (frame.kind === 'chunk' ? [frame.position] : []))
  const says = (durableBytes: number, refusal = '') =>
    sender.progress({ kind: 'progress', id: 's1', durableBytes, refusal })
  const tick = async () => {
    sender.tick()
    await turns()
  }
  return { sender, frames, outcomes, link, sent, says, tick }
}

test('nothing but the offer is sent before the receiver has said where to begin', async () => {
  const { frames, tick } = setUp(1e6)
  for (let count = 0; count < 5; count++) await tick()
  expect(new Set(frames.map(({ kind }) => kind))).toEqual(new Set(['offer']))
})

test('an offer that is not answered is repeated after its time, and not at every tick', async () => {
  const { frames, tick } = setUp(1e6)
  for (let count = 1; count < snapshotOfferTicks; count++) await tick()
  expect(frames).toHaveLength(1)
  await tick()
  expect(frames).toHaveLength(2)
  for (let count = 1; count < snapshotOfferTicks; count++) await tick()
  expect(frames).toHaveLength(2)
})

test('an offer that did not leave is repeated at the next tick', async () => {
  const { frames, link, says, tick, sent } = setUp(1e6)
  link.isUp = false
  says(0)
  await tick()
  await tick()
  expect(sent()).toEqual([])
  link.isUp = true
  await tick()
  expect(frames.map(({ kind }) => kind)).toEqual(['offer', 'offer'])
})

test('a receiver that says nothing new is asked where it is once in the time of an offer', async () => {
  const { frames, says, tick } = setUp(100e6)
  says(0)
  for (let count = 0; count < 3 * snapshotOfferTicks; count++) {
    await tick()
    if (frames.at(-1)!.kind === 'offer') says(0)
  }
  expect(frames.filter(({ kind }) => kind === 'offer')).toHaveLength(4)
})

test('no more is on its way than the window, and no more leaves in a tick than the rate allows', async () => {
  const { sent, says, tick } = setUp(100e6)
  says(0)
  await tick()
  expect(sent().length * snapshotChunkBytes).toBe(snapshotWindowBytes)
  let durable = 0
  const before = sent().length
  for (let answer = 0; answer < 100; answer++) {
    durable += snapshotChunkBytes
    says(durable)
    await turns()
  }
  expect((sent().length - before) * snapshotChunkBytes).toBeLessThanOrEqual(snapshotBytesPerTick)
  await tick()
  expect(sent().length).toBeGreaterThan(before)
})

test('it goes on where the receiver is, after a cut as after a restart of the receiver', async () => {
  const { link, sent, says, tick, outcomes } = setUp(10 * snapshotChunkBytes)
  says(4 * snapshotChunkBytes)
  await tick()
  expect(sent()[0]).toBe(4 * snapshotChunkBytes)
  link.isUp = false
  says(5 * snapshotChunkBytes)
  await tick()
  const before = sent().length
  link.isUp = true
  await tick()
  says(6 * snapshotChunkBytes)
  await tick()
  expect(
    sent()
      .slice(before)
      .every((position) => position >= 5 * snapshotChunkBytes),
  ).toBe(true)
  says(10 * snapshotChunkBytes)
  expect(outcomes).toEqual([{ delivered: true, reason: '' }])
})

test.each([
  [
    'without progress',
    async (world: ReturnType<typeof setUp>) => {
      world.says(0)
      for (let count = 0; count < snapshotStallTicks; count++) {
        await world.tick()
        world.says(0)
      }
    },
    'the receiver has made no progress',
  ],
  ['refused', async (world: ReturnType<typeof setUp>) => world.says(0, 'not now'), 'not now'],
  ['answered with nonsense', async (world: ReturnType<typeof setUp>) => world.says(2e9), 'says that it has'],
])('a transfer %s is given up, once', async (_, happen, reason) => {
  const world = setUp(1e9)
  await happen(world)
  world.says(5)
  await world.tick()
  expect(world.outcomes).toEqual([{ delivered: false, reason: expect.stringContaining(reason) as string }])
})
