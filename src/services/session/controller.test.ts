import { expect, test } from 'vitest'
import { SessionOperation, SessionState, TargetStep } from '../../gen/trivet/session/v1/session_pb.ts'
import { nodeBindings } from '../boot/tables.ts'
import { SessionRoom } from './testing/session-room.ts'

test('a boot session powers on what is off, and ends completed when every node has reported its attempt', async () => {
  const room = new SessionRoom({ bmcs: [['Off'], ['Off']] })
  const id = room.start()
  const session = await room.ended(id)
  expect(session).toMatchObject({ sessionState: SessionState.COMPLETED, errorMessage: '' })
  expect(Object.values(room.targets(id)).map(({ step, attempt }) => ({ step, attempt }))).toEqual([
    { step: TargetStep.SUCCEEDED, attempt: 1 },
    { step: TargetStep.SUCCEEDED, attempt: 1 },
  ])
  expect(room.resets).toEqual([['On'], ['On']])
  expect(room.overlaps).toEqual([])
  for (const { nodeId, attemptId } of room.reports) {
    expect(room.state.get(nodeBindings, nodeId)?.value.attemptId).toBe(attemptId)
  }
})

test('a reboot session powers off, sees it off, and powers on', async () => {
  const room = new SessionRoom({ bmcs: [['On'], ['Off']] })
  const id = room.start({ operation: SessionOperation.REBOOT })
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.resets).toEqual([['ForceOff', 'On'], ['On']])
  expect(room.overlaps).toEqual([])
})
