import { afterEach, beforeEach, expect, test } from 'vitest'
import { never, TestBench } from './testing/test-bench.ts'

const messages = 2000
const ballast = new Uint8Array(64 * 1024)

/**
 * Messages that may wait on their way: 16 in the writer's stream, 16 in the reader's, and what HTTP/2 has in flight.
 * What has no such bound would let all 2,000 through.
 */
const waitingMax = 48

const warnings: string[] = []
const onWarning = (warning: Error): void => void warnings.push(warning.name)

let bench: TestBench
beforeEach(() => {
  bench = new TestBench()
  warnings.length = 0
  process.on('warning', onWarning)
})
afterEach(async () => {
  process.off('warning', onWarning)
  await bench.close()
})

/** Waits until a number has not changed for 50 turns of the loop with I/O in between. */
async function settled(read: () => number): Promise<number> {
  let last = read()
  for (let quiet = 0; quiet < 50; quiet++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (read() !== last) {
      last = read()
      quiet = 0
    }
  }
  return last
}

test('a reader that stops reading stops the server, and gets everything when it goes on', async () => {
  let produced = 0
  const client = await bench.echo({
    repeat: async function* () {
      for (; produced < messages; produced++) yield { number: produced, ballast }
    },
  })
  const stream = client.repeat({})[Symbol.asyncIterator]()
  await stream.next()
  const held = await settled(() => produced)
  expect(held).toBeGreaterThan(1)
  expect(held).toBeLessThan(waitingMax)
  let received = 1
  while ((await stream.next()).done !== true) received++
  expect(received).toBe(messages)
  expect(warnings).toEqual([])
})

test('a server that stops reading stops the client, and gets everything when it goes on', async () => {
  const goOn = Promise.withResolvers<void>()
  let sent = 0
  let received = 0
  const client = await bench.echo({
    gather: async (requests) => {
      for await (const request of requests) {
        if (received === 0) await goOn.promise
        received += request.ballast.length / ballast.length
      }
      return { number: received }
    },
  })
  async function* source() {
    for (; sent < messages; sent++) yield { ballast }
  }
  const answer = client.gather(source())
  const held = await settled(() => sent)
  expect(held).toBeGreaterThan(1)
  expect(held).toBeLessThan(waitingMax)
  goOn.resolve()
  expect((await answer).number).toBe(messages)
  expect(warnings).toEqual([])
})

test('in a conversation each direction waits for its own reader only', async () => {
  let sent = 0
  const client = await bench.echo({
    converse: async function* () {
      for (let number = 0; number < messages; number++) yield { number }
    },
  })
  async function* source() {
    for (; sent < messages; sent++) yield { ballast }
    await never()
  }
  let received = 0
  for await (const { number } of client.converse(source())) {
    expect(number).toBe(received++)
  }
  expect(received).toBe(messages)
  expect(sent).toBeLessThan(waitingMax)
})
