import { create } from '@bufbuild/protobuf'
import { afterEach, expect, test } from 'vitest'
import { GetPeerStatusResponseSchema, OperatorService } from '../gen/trivet/operator/v1/operator_pb.ts'
import { trivetError } from '../lib/errors.ts'
import type { CallContext } from '../rpc/call-context.ts'
import type { Invocation, Invoke } from '../rpc/interceptor.ts'
import { errorFromWire } from '../rpc/remote-error.ts'
import { makeLogger } from './logging.ts'
import { Metrics } from './metrics.ts'
import { observingCalls } from './observing-calls.ts'

const metrics = new Metrics({
  term: () => 0,
  leading: () => false,
  hasLeader: () => false,
  appliedIndex: () => 0,
  revision: () => 0,
  writesWaiting: () => 0,
  forwardedWaiting: () => 0,
  ready: () => false,
  damaged: () => false,
  member: async () => undefined,
  longSnapshotSlices: () => 2,
  storage: () => ({ usedBytes: 0, freeBytes: 0, hasBallast: true, alarm: false }),
})
afterEach(() => metrics.registry.resetMetrics())

const lines: Record<string, unknown>[] = []
const logger = makeLogger({
  level: 'info',
  context: () => ({ peer: 'a', term: 1, index: 2 }),
  destination: { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
})

const call = {
  method: OperatorService.method.getPeerStatus,
  requestId: 'r1',
  peer: '127.0.0.1:9',
} as unknown as CallContext
const invocation: Invocation = { call, request: create(GetPeerStatusResponseSchema) }
const through = (next: Invoke) => observingCalls(metrics, logger)(next)(invocation)
const method = 'trivet.operator.v1.OperatorService/GetPeerStatus'

const counted = async () => (await metrics.calls.get()).values.map(({ labels, value }) => [labels.code, value])
const timed = async () =>
  (await metrics.callSeconds.get()).values.find(({ metricName }) => metricName?.endsWith('_count'))?.value

test('a call that is answered is counted and timed, and not logged', async () => {
  lines.length = 0
  const answer = create(GetPeerStatusResponseSchema)
  expect(await through(() => Promise.resolve(answer))).toBe(answer)
  expect(await counted()).toEqual([['OK', 1]])
  expect(await timed()).toBe(1)
  expect(lines).toEqual([])
})

test('a stream is counted when it begins; how long it lasts is no time to answer', async () => {
  await through(() => Promise.resolve((async function* () {})()))
  expect(await counted()).toEqual([['OK', 1]])
  expect(await timed()).toBeUndefined()
})

test('a call that is refused is counted by its code, and leaves a line with its request id', async () => {
  lines.length = 0
  const refusal = trivetError('NOT_READY', { reason: 'it is stopping' })
  await expect(through(() => Promise.reject(refusal))).rejects.toBe(refusal)
  expect(await counted()).toEqual([['NOT_READY', 1]])
  expect(await timed()).toBe(1)
  expect(lines).toMatchObject([{ level: 'info', method, code: 'NOT_READY', requestId: 'r1', source: '127.0.0.1:9' }])
})

test('a defect is counted as one, and a code of a newer leader as what it is', async () => {
  await expect(through(() => Promise.reject(new TypeError('a mistake')))).rejects.toThrow('a mistake')
  const wire = { code: 'OF_A_NEWER_RELEASE', message: 'm', remedy: '', params: {}, violations: [], requestId: '' }
  const remote = errorFromWire({ status: 'FAILED_PRECONDITION', ...wire })
  await expect(through(() => Promise.reject(remote))).rejects.toBe(remote)
  expect(await counted()).toEqual([
    ['INTERNAL', 1],
    ['OF_A_NEWER_RELEASE', 1],
  ])
})
