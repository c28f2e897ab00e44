import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  GetSessionRequestSchema,
  ListSessionsRequestSchema,
  TargetStep,
} from '../../gen/trivet/session/v1/session_pb.ts'
import {
  GetPowerTransitionRequestSchema,
  ListPowerStatusRequestSchema,
  ListPowerTransitionsRequestSchema,
  PowerOperation,
  TransitionState,
} from '../../gen/trivet/power/v1/power_pb.ts'
import { PowerState } from '../../gen/trivet/inventory/v1/nodes_pb.ts'
import { given } from '../../state/testing/given.ts'
import { put } from '../../state/write.ts'
import { nodePowers } from '../inventory/tables.ts'
import type { DefinedService, ReadMethod } from '../kernel/method.ts'
import { powerService } from '../power/service.ts'
import { powerTransitions } from '../power/tables.ts'
import { allTables } from '../testing/all-tables.ts'
import { node, session } from '../testing/fixtures.ts'
import { refusalOf } from '../testing/request.ts'
import { sessionService } from './service.ts'

const steps = {
  x1000c0s0b0n0: { step: TargetStep.SUCCEEDED, retriesUsed: 1 },
  x1000c0s10b0n0: { step: TargetStep.FAILED, retriesUsed: 2, lastError: 'boot: late' },
  x1000c0s2b0n0: { step: TargetStep.BOUND, attempt: 3 },
}
const state = given(
  allTables,
  Object.keys(steps).map((xname) => node(xname)),
  session('1', { on: Object.keys(steps), steps }),
  session('2', { on: [] }),
  put(nodePowers, { nodeId: 'node-x1000c0s2b0n0', powerState: PowerState.OFF, observedMs: 1_800_000_000_000n }),
  ['trn-1', 'trn-2', 'trn-3'].map((id) =>
    put(powerTransitions, {
      id,
      nodeId: 'node-x1000c0s2b0n0',
      xname: 'x1000c0s2b0n0',
      sessionId: 'ses-1',
      operation: PowerOperation.ON,
      transitionState: TransitionState.OBSERVED,
      createdMs: 1_800_000_000_000n,
    }),
  ),
)

function ask(service: DefinedService, name: string, request: object) {
  const method = [...service.methods.values()].find(({ descriptor }) => descriptor.localName === name)!
  return (method.definition as ReadMethod<unknown, object>).handle(state, request)
}

test('a session shows how far its targets are, in the order of their xnames', () => {
  const shown = ask(sessionService, 'getSession', create(GetSessionRequestSchema, { session: 'ses-1' }))
  expect(shown).toMatchObject({
    session: { total: 3, succeeded: 1, failed: 1, cancelled: 0, retryCount: 3, completedAt: undefined },
    targets: [
      { xname: 'x1000c0s0b0n0', step: TargetStep.SUCCEEDED },
      { xname: 'x1000c0s2b0n0', step: TargetStep.BOUND, attempt: 3 },
      { xname: 'x1000c0s10b0n0', step: TargetStep.FAILED, lastError: 'boot: late' },
    ],
  })
  const missing = () => ask(sessionService, 'getSession', create(GetSessionRequestSchema, { session: 'ses-9' }))
  expect(refusalOf(missing).code).toBe('SESSION_NOT_FOUND')
})

test('sessions and transitions stand with the newest first, page by page', () => {
  const sessions = ask(sessionService, 'listSessions', create(ListSessionsRequestSchema, {}))
  expect(sessions).toMatchObject({ sessions: [{ id: 'ses-2' }, { id: 'ses-1' }], nextPageToken: '' })
  const first = ask(powerService, 'listPowerTransitions', create(ListPowerTransitionsRequestSchema, { pageSize: 2 }))
  expect(first).toMatchObject({ transitions: [{ id: 'trn-3' }, { id: 'trn-2' }] })
  const { nextPageToken: pageToken } = first as { readonly nextPageToken: string }
  const second = ask(
    powerService,
    'listPowerTransitions',
    create(ListPowerTransitionsRequestSchema, { pageSize: 2, pageToken }),
  )
  expect(second).toMatchObject({ transitions: [{ id: 'trn-1' }], nextPageToken: '' })
})

test('a transition shows its public fields and no other', () => {
  const shown = ask(
    powerService,
    'getPowerTransition',
    create(GetPowerTransitionRequestSchema, { transition: ' trn-1 ' }),
  )
  const { transition } = shown as { readonly transition: object }
  expect(transition).toMatchObject({ id: 'trn-1', xname: 'x1000c0s2b0n0', operation: PowerOperation.ON })
  for (const inner of ['tenant', 'intendedLogMs', 'acceptedLogMs', 'createdMs', 'step'])
    expect(transition).not.toHaveProperty(inner)
  const missing = () =>
    ask(powerService, 'getPowerTransition', create(GetPowerTransitionRequestSchema, { transition: 'trn-9' }))
  expect(refusalOf(missing).code).toBe('TRANSITION_NOT_FOUND')
})

test('power status shows every node that is asked for, also those that were never observed', () => {
  const shown = ask(
    powerService,
    'listPowerStatus',
    create(ListPowerStatusRequestSchema, { nodes: 'x1000c0s[2,10]b0n0' }),
  )
  expect(shown).toMatchObject({
    statuses: [
      { xname: 'x1000c0s2b0n0', powerState: PowerState.OFF },
      { xname: 'x1000c0s10b0n0', powerState: PowerState.UNSPECIFIED, observed: undefined },
    ],
  })
  expect(ask(powerService, 'listPowerStatus', create(ListPowerStatusRequestSchema, {}))).toMatchObject({
    statuses: { length: 3 },
  })
})
