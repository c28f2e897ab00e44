import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { SessionState, TargetStep, WatchSessionRequestSchema } from '../../gen/trivet/session/v1/session_pb.ts'
import type { GivenState } from '../../state/testing/given.ts'
import { given } from '../../state/testing/given.ts'
import { put } from '../../state/write.ts'
import type { ChangeEvent, WatchContext } from '../kernel/watch-context.ts'
import { allTables } from '../testing/all-tables.ts'
import { session } from '../testing/fixtures.ts'
import { finishSession } from './rules/finish-session.ts'
import { sessions, sessionTargets } from './tables.ts'
import { watchSession } from './watch-session.ts'

const xnames = ['x1000c0s10b0n0', 'x1000c0s2b0n0']

/** A watch over a state; an event comes for each revision that `changes` makes, when the watcher asks for it. */
function watching(state: GivenState, changes: readonly (() => void)[], afterRevision = 0n) {
  const asked: number[] = []
  const context: WatchContext = {
    signal: new AbortController().signal,
    reader: () => state,
    async *changes(options) {
      asked.push(options.afterRevision ?? -1)
      const facts = {
        kind: 'change',
        timeMs: 0,
        principal: '',
        method: '',
        reason: '',
        requestId: '',
        rows: [],
      } as const
      for (const make of changes) {
        const from = state.revision
        make()
        for (let revision = from + 1; revision <= state.revision; revision += 1) {
          yield { ...facts, revision } satisfies ChangeEvent
        }
        yield { kind: 'bookmark', revision: state.revision }
      }
    },
  }
  return {
    asked,
    stream: watchSession(context, create(WatchSessionRequestSchema, { session: 'ses-1', afterRevision })),
  }
}

function advance(state: GivenState, xname: string, step: TargetStep): void {
  const { value } = state.get(sessionTargets, `ses-1/node-${xname}`)!
  state.run(() => [put(sessionTargets, { ...value, step })], undefined)
}

async function messages(stream: ReturnType<typeof watchSession>) {
  const all: string[] = []
  for await (const { session: shown, targets = [], revision } of stream) {
    const steps = targets.map(({ xname, step }) => `${xname}:${step}`)
    all.push(`${revision} ${shown?.sessionState} ${shown?.succeeded}/${shown?.total} ${steps.join(' ')}`)
  }
  return all
}

test('a watch shows everything first, then what changed, and ends with the session', async () => {
  const state = given(allTables, session('1', { on: xnames }), session('2', { on: ['x1000c0s3b0n0'] }))
  const { stream, asked } = watching(state, [
    () => advance(state, xnames[0]!, TargetStep.BOUND),
    // Two changes that come together are shown together.
    () => {
      advance(state, xnames[0]!, TargetStep.SUCCEEDED)
      advance(state, xnames[1]!, TargetStep.SUCCEEDED)
    },
    () =>
      state.run(
        () => [put(sessions, { ...state.get(sessions, 'ses-2')!.value, errorMessage: 'of another' })],
        undefined,
      ),
    () => state.run(finishSession, { sessionId: 'ses-1' }),
    () => {
      throw new Error('nobody watches any more')
    },
  ])
  expect(await messages(stream)).toEqual([
    `1 ${SessionState.RUNNING} 0/2 x1000c0s2b0n0:1 x1000c0s10b0n0:1`,
    `2 ${SessionState.RUNNING} 0/2 x1000c0s10b0n0:4`,
    `4 ${SessionState.RUNNING} 2/2 x1000c0s2b0n0:9 x1000c0s10b0n0:9`,
    `6 ${SessionState.COMPLETED} 2/2 `,
  ])
  // No change falls between the first look and the stream.
  expect(asked).toEqual([1])
})

test('a watch that is resumed shows what changed since, and nothing twice', async () => {
  const state = given(allTables, session('1', { on: xnames }))
  advance(state, xnames[0]!, TargetStep.SUCCEEDED)
  advance(state, xnames[1]!, TargetStep.SUCCEEDED)
  state.run(finishSession, { sessionId: 'ses-1' })
  const { stream } = watching(state, [], 2n)
  expect(await messages(stream)).toEqual([`4 ${SessionState.COMPLETED} 2/2 x1000c0s2b0n0:9`])
})

test('a watch of a session that is not there is refused', async () => {
  const { stream } = watching(given(allTables), [])
  await expect(messages(stream)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
})
