import { expect, test } from 'vitest'
import type { Evaluation } from '../state/read.ts'
import type { WriteAnswer, WriteRequest } from '../state/write-request.ts'
import type { Write } from '../state/write.ts'
import { StorageGuard } from './storage-guard.ts'

const voters = ['a', 'b', 'c'].map((name) => ({ id: `id-${name}`, name }))

function setUp() {
  const told: string[] = []
  const guard = new StorageGuard({ voters, self: 'id-a', tell: (to, reason) => told.push(`${to}: ${reason}`) })
  const done: WriteAnswer = { revision: 1, name: '', etag: '', replayed: false }
  const submit = (kinds: readonly Write['kind'][]) => {
    const writes = kinds.map((kind) => ({ kind }) as Write)
    const request = { evaluate: () => writes } as unknown as WriteRequest
    // As the write path does: what the rule throws and is no refusal fails the write.
    return guard.submit(request, async ({ evaluate }) => {
      evaluate({} as Evaluation)
      return done
    })
  }
  return { guard, told, submit, done }
}

test('with room everything is taken', async () => {
  const { guard, submit, done } = setUp()
  expect(guard.refusal).toBe('')
  expect(await submit(['put', 'put'])).toBe(done)
})

test('a leader whose own disk is full takes what removes at least as much as it puts, and nothing else', async () => {
  const { guard, told, submit, done } = setUp()
  guard.own('its disk has 1 MiB left')
  expect(told).toEqual(['id-b: its disk has 1 MiB left', 'id-c: its disk has 1 MiB left'])
  for (const kinds of [[], ['keep'], ['remove'], ['remove', 'put'], ['remove', 'remove', 'put']] as const) {
    expect(await submit(kinds)).toBe(done)
  }
  for (const kinds of [['put'], ['remove', 'put', 'put']] as const) {
    await expect(submit(kinds)).rejects.toMatchObject({
      code: 'STORAGE_FULL',
      params: { reason: 'a: its disk has 1 MiB left' },
    })
  }
  guard.own('')
  expect(await submit(['put'])).toBe(done)
})

test('one full disk of others stops nobody, two of three do, until one has room again', async () => {
  const { guard, submit, done } = setUp()
  guard.heard('id-b', 'full')
  expect(await submit(['put'])).toBe(done)
  guard.heard('id-c', 'as well')
  expect(guard.refusal).toBe('b: full; c: as well')
  await expect(submit(['put'])).rejects.toMatchObject({ code: 'STORAGE_FULL' })
  guard.heard('id-b', '')
  expect(await submit(['put'])).toBe(done)
})

test('whoever connects is told how it stands', () => {
  const { guard, told } = setUp()
  guard.connected('id-b')
  guard.own('full')
  guard.connected('id-c')
  expect(told).toEqual(['id-b: ', 'id-b: full', 'id-c: full', 'id-c: full'])
})

test('what else fails is passed on', async () => {
  const { guard } = setUp()
  guard.own('full')
  const lost = new Error('no leader')
  await expect(guard.submit({} as WriteRequest, async () => Promise.reject(lost))).rejects.toBe(lost)
})
