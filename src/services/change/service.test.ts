import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { ChangeType, WatchChangesRequestSchema } from '../../gen/trivet/change/v1/change_pb.ts'
import type { WatchMethod } from '../kernel/method.ts'
import type { ChangeEvent, WatchContext } from '../kernel/watch-context.ts'
import { given } from '../../state/testing/given.ts'
import { allTables } from '../testing/all-tables.ts'
import { change } from './service.ts'

const bytes = new Uint8Array([1])
const events: readonly ChangeEvent[] = [
  {
    kind: 'change',
    revision: 7,
    timeMs: 1_800_000_000_000,
    principal: 'ann',
    method: 'm',
    reason: 'why',
    requestId: 'r',
    rows: [
      { table: 'node', key: 'a', before: undefined, after: bytes },
      { table: 'node', key: 'b', before: bytes, after: bytes },
      { table: 'group', key: 'c', before: bytes, after: undefined },
    ],
  },
  { kind: 'bookmark', revision: 9 },
]

async function watch(request: Parameters<typeof create<typeof WatchChangesRequestSchema>>[1]) {
  const asked: Parameters<WatchContext['changes']>[0][] = []
  const context: WatchContext = {
    signal: new AbortController().signal,
    reader: () => given(allTables),
    async *changes(options) {
      asked.push(options)
      yield* events
    },
  }
  const [{ definition }] = change.methods.values() as unknown as [{ definition: WatchMethod<unknown, object> }]
  const answers: object[] = []
  for await (const answer of definition.handle(context, create(WatchChangesRequestSchema, request)))
    answers.push(answer)
  return { answers, asked }
}

test('the stream says what changed by kind and key, never what is in it', async () => {
  const { answers } = await watch({})
  expect(answers).toMatchObject([
    {
      revision: 7n,
      incarnation: 'given',
      principal: 'ann',
      method: 'm',
      reason: 'why',
      requestId: 'r',
      changes: [
        { kind: 'node', key: 'a', type: ChangeType.CREATED },
        { kind: 'node', key: 'b', type: ChangeType.UPDATED },
        { kind: 'group', key: 'c', type: ChangeType.DELETED },
      ],
    },
    { revision: 9n, bookmark: true },
  ])
  expect(
    JSON.stringify(answers, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
  ).not.toMatch(/before|after/)
})

test('a watch begins now, or behind a revision, with everything or with some kinds', async () => {
  expect((await watch({})).asked).toEqual([{ afterRevision: undefined, tables: undefined }])
  expect((await watch({ afterRevision: 0n, kinds: ['node'] })).asked).toEqual([{ afterRevision: 0, tables: ['node'] }])
})

test('a watch that knows another incarnation is refused: what it has is of another state', async () => {
  await expect(watch({ incarnation: 'before' })).rejects.toMatchObject({ code: 'INCARNATION_MISMATCH' })
  expect((await watch({ incarnation: 'given' })).answers).toHaveLength(2)
})
