import { create } from '@bufbuild/protobuf'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TrivetError } from '../lib/errors.ts'
import { violationsMax } from './limits.ts'
import { ShoutSchema } from './testing/echo.ts'
import { collected, echoService, TestBench } from './testing/test-bench.ts'
import { validate } from './validator.ts'
import { validating } from './validating.ts'

const echoing = {
  say: async () => ({ text: 'ran' }),
  gather: async (requests: AsyncIterable<unknown>) => ({ number: (await collected(requests)).length }),
}

let bench: TestBench
beforeEach(() => {
  bench = new TestBench()
})
afterEach(() => bench.close())

function refusalOf(init: Parameters<typeof create<typeof ShoutSchema>>[1]): TrivetError {
  try {
    validate(ShoutSchema, create(ShoutSchema, init))
  } catch (error) {
    if (error instanceof TrivetError) return error
    throw error
  }
  throw new Error('the message was taken')
}

test('a message within its rules is taken', () => {
  expect(() => validate(ShoutSchema, create(ShoutSchema, { text: 'x'.repeat(100), words: ['ab'] }))).not.toThrow()
})

test('a violation names the field, with its index, and the limit', () => {
  const { violations, message } = refusalOf({ text: 'x'.repeat(101), words: ['fine', 'x'] })
  expect(violations).toEqual([
    { field: 'text', description: expect.stringContaining('100') },
    { field: 'words[1]', description: expect.stringContaining('2') },
  ])
  expect(message).toMatch(/^the request is not valid: text: .*100.*\(and 1 more\)$/)
})

test('rules of nested messages are checked, and the path leads to the field', () => {
  expect(refusalOf({ write: { requestId: 'not an id' } }).violations).toMatchObject([{ field: 'write.request_id' }])
})

test('a request that breaks everything names as many violations as the limit says, and counts the rest', () => {
  const refusal = refusalOf({ words: Array.from({ length: 1000 }, () => 'x') })
  expect(refusal.violations).toHaveLength(violationsMax)
  expect(refusal.message).toContain('(and 999 more)')
})

test('the interceptor refuses a request before its handler runs, and the caller gets the violations', async () => {
  const services = [echoService(echoing)]
  const server = await bench.serve(services, { interceptors: [validating(services)] })
  const client = bench.client(bench.channel(server.address))
  expect((await client.say({ words: ['fine'] })).text).toBe('ran')
  await expect(client.say({ words: ['x'] })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    violations: [{ field: 'words[0]', description: expect.stringContaining('2') }],
  })
  expect(bench.defects).toEqual([])
})

test('of a stream, the first request that breaks a rule ends the call', async () => {
  const services = [echoService(echoing)]
  const server = await bench.serve(services, { interceptors: [validating(services)] })
  const client = bench.client(bench.channel(server.address))
  async function* shouts(...texts: string[]) {
    yield* texts.map((word) => ({ words: [word] }))
  }
  expect((await client.gather(shouts('fine', 'too'))).number).toBe(2)
  await expect(client.gather(shouts('fine', 'x', 'too'))).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
})
