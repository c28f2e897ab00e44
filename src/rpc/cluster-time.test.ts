import { Metadata } from '@grpc/grpc-js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { trivetError } from '../lib/errors.ts'
import type { ReadonlyMetadata } from './call-context.ts'
import { ClusterClock, clusterTimeIn, incarnationHeader, logTimeHeader, tellingClusterTime } from './cluster-time.ts'
import { TestBench } from './testing/test-bench.ts'

const time = { logTimeMs: 1_700_000_000_000, incarnation: 'inc-1' }

let bench: TestBench
beforeEach(() => {
  bench = new TestBench()
})
afterEach(() => bench.close())

function metadataOf(values: Record<string, string>): Metadata {
  const metadata = new Metadata()
  for (const [key, value] of Object.entries(values)) metadata.set(key, value)
  return metadata
}

test('a server that does not know the time tells none', async () => {
  const client = await bench.echo({ say: async () => ({}) }, { interceptors: [tellingClusterTime(() => undefined)] })
  const told: unknown[] = []
  await client.say({}, { onTrailers: (metadata) => void told.push(clusterTimeIn(metadata)) })
  expect(told).toEqual([undefined])
})

test('every answer tells the time: a unary one and an error behind it, a stream before its first message', async () => {
  const client = await bench.echo(
    {
      say: async ({ text }) => {
        if (text === 'wrong') throw trivetError('INVALID_REQUEST', { reason: 'no' })
        return {}
      },
      repeat: async function* () {
        yield {}
      },
    },
    { interceptors: [tellingClusterTime(() => time)] },
  )
  const told: unknown[] = []
  const take = (metadata: ReadonlyMetadata): void => void told.push(clusterTimeIn(metadata))
  await client.say({}, { onTrailers: take })
  await client.say({ text: 'wrong' }, { onTrailers: take }).catch(() => undefined)
  for await (const _ of client.repeat({}, { onHeaders: take })) break
  expect(told).toEqual([time, time, time])
})

test('an answer that tells no time, or nonsense, is no time', () => {
  for (const values of [
    {},
    { [logTimeHeader]: '5' },
    { [incarnationHeader]: 'inc-1' },
    { [logTimeHeader]: 'soon', [incarnationHeader]: 'inc-1' },
    { [logTimeHeader]: '1e400', [incarnationHeader]: 'inc-1' },
  ]) {
    expect(clusterTimeIn(metadataOf(values))).toBeUndefined()
  }
  expect(clusterTimeIn(metadataOf({ [logTimeHeader]: '5', [incarnationHeader]: '' }))).toEqual({
    logTimeMs: 5,
    incarnation: '',
  })
})

test('a clock gives the time as it was told, not run ahead, and not at all after a minute', () => {
  let nowMs = 1000
  const clock = new ClusterClock(() => nowMs)
  expect(clock.time).toBeUndefined()
  clock.tell(time)
  nowMs += 60_000
  expect(clock.time).toEqual(time)
  nowMs += 1
  expect(clock.time).toBeUndefined()
  clock.tell(time)
  expect(clock.time).toEqual(time)
})
