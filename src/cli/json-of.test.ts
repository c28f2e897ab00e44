import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { ListNodesResponseSchema, NodeRole, NodeSchema, PowerState } from '../gen/trivet/inventory/v1/nodes_pb.ts'
import { CreateSessionRequestSchema } from '../gen/trivet/session/v1/session_pb.ts'
import { CreateRuntimeConfigurationRequestSchema } from '../gen/trivet/boot/v1/runtime_configurations_pb.ts'
import { jsonOf } from './json-of.ts'

test('names are those of proto, enums are short, times are RFC 3339, and what is empty is there', () => {
  const node = create(NodeSchema, {
    xname: 'x1000c0s0b0n0',
    role: NodeRole.APPLICATION,
    powerState: PowerState.POWERING_ON,
    created: { seconds: 1_795_234_500n, nanos: 5_000_000 },
    booted: { template: 'compute@3', templateRevision: 3 },
  })
  expect(jsonOf(NodeSchema, node)).toEqual({
    id: '',
    created: '2026-11-21T04:15:00.005Z',
    etag: '',
    xname: 'x1000c0s0b0n0',
    hostname: '',
    uuid: '',
    serial_number: '',
    asset_tag: '',
    role: 'application',
    arch: '',
    bmc_id: '',
    group_names: [],
    macs: [],
    power_state: 'powering_on',
    booted: { template: 'compute@3', template_id: '', template_revision: 3, session_id: '', attempt: 0 },
  })
})

test('enums are short within lists too, and 64-bit numbers are texts', () => {
  const list = create(ListNodesResponseSchema, { nodes: [{ powerState: PowerState.OFF }], revision: 2n ** 60n })
  expect(jsonOf(ListNodesResponseSchema, list)).toMatchObject({
    nodes: [{ power_state: 'off', role: 'unspecified' }],
    revision: '1152921504606846976',
  })
})

test('a value of a newer server stays its number', () => {
  const node = create(NodeSchema, { powerState: 99 as PowerState })
  expect(jsonOf(NodeSchema, node)['power_state']).toBe(99)
})

test('durations are seconds, and keys of maps stay what they are', () => {
  const request = create(CreateSessionRequestSchema, { bootTimeout: { seconds: 90n, nanos: 0 } })
  expect(jsonOf(CreateSessionRequestSchema, request)['boot_timeout']).toBe('90s')
  const configuration = create(CreateRuntimeConfigurationRequestSchema, { metaData: { someKey: 'v' } })
  expect(jsonOf(CreateRuntimeConfigurationRequestSchema, configuration)['meta_data']).toEqual({ someKey: 'v' })
})
