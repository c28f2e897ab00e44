import { expect, test } from 'vitest'
import type { OpenFile } from './files.ts'
import type { Vote } from './vote-slots.ts'
import { VoteWriter } from './vote-writer.ts'

/** Counts the writes of both files; the one to come fails if told to. */
function setUp(newest: Vote) {
  const world = { writes: [0, 0], isFull: false }
  const file = (at: 0 | 1): OpenFile => ({
    write: () => {
      if (world.isFull) throw new Error('EIO')
      world.writes[at]!++
    },
    sync: async () => {},
    close: async () => {},
  })
  return { world, writer: new VoteWriter([file(0), file(1)], newest, 'f'.repeat(16)) }
}

const mute: Vote = { sequence: 4, term: 3, vote: 'a', mutedTerm: 2 }

test('the files take turns, and what is written already is not written again', async () => {
  const { world, writer } = setUp(mute)
  await writer.write({ term: 3, vote: 'a' })
  expect(world.writes).toEqual([0, 0])
  await writer.write({ term: 4, vote: '' })
  await writer.write({ term: 4, vote: 'b' })
  expect(world.writes).toEqual([1, 1])
})

test('a peer that is no longer mute says so once', async () => {
  const { world, writer } = setUp(mute)
  await writer.unmute()
  expect(writer.mutedTerm).toBe(0)
  await writer.unmute()
  expect(world.writes).toEqual([0, 1])
})

test('a second vote in a term is never written, nor is anything after a failure', async () => {
  const { world, writer } = setUp(mute)
  await expect(writer.write({ term: 3, vote: 'b' })).rejects.toThrow('a second vote in term 3')
  await expect(writer.write({ term: 9, vote: 'b' })).rejects.toThrow()
  expect(world.writes).toEqual([0, 0])
  await writer.close()
})
