import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import { UpdateTemplateRequestSchema } from '../../../gen/trivet/boot/v1/templates_pb.ts'
import {
  CreateSessionRequestSchema,
  SessionOperation,
  SessionState,
  TargetStep,
} from '../../../gen/trivet/session/v1/session_pb.ts'
import type { GivenState } from '../../../state/testing/given.ts'
import { given } from '../../../state/testing/given.ts'
import { updateTemplate } from '../../boot/rules/templates.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bmc, bootable, group, node, session } from '../../testing/fixtures.ts'
import { asked } from '../../testing/request.ts'
import { sessions, sessionTargets } from '../tables.ts'
import { createSession, openSessionsMax, sessionTargetsMax, standardSettings } from './create-session.ts'

const xnames = ['x1000c0s0b0n0', 'x1000c0s0b0n1', 'x1000c0s1b0n0']
const site = [
  bmc('x1000c0s0b0'),
  bmc('x1000c0s1b0'),
  xnames.map((xname, at) => node(xname, { path: `/${at}` })),
  node('x1000c7s0b0n0'),
  group('compute', xnames),
  group('empty'),
  bootable,
]
const creating = (state: GivenState) => asked(state, CreateSessionRequestSchema, createSession)
const updating = (state: GivenState) => asked(state, UpdateTemplateRequestSchema, updateTemplate)

test('a session freezes the template revision and the nodes that it started with', () => {
  const state = given(allTables, site).as({ principal: 'ann' })
  updating(state).run({ template: 'compute' })
  const { name } = creating(state).run({ template: 'compute', groupName: '@compute' })
  updating(state).run({ template: 'compute' })
  expect(state.only(sessions).value).toMatchObject({
    id: name,
    sessionState: SessionState.PENDING,
    operation: SessionOperation.BOOT,
    templateId: 'tpl-compute',
    templateRevision: 2,
    templateName: 'compute',
    groupId: 'grp-compute',
    groupName: 'compute',
    nodes: 'x1000c0s0b0n[0-1],x1000c0s1b0n0',
    total: 3,
    principal: 'ann',
    ...standardSettings,
  })
  expect(state.rows(sessionTargets).map(({ value: { xname, step, attempt } }) => ({ xname, step, attempt }))).toEqual(
    xnames.map((xname) => ({ xname, step: TargetStep.QUEUED, attempt: 0 })),
  )
})

test('settings that are given are kept, zero retries among them', () => {
  const state = given(allTables, site)
  creating(state).run({
    template: 'tpl-compute',
    nodes: 'x1000c0s1b0n0',
    operation: SessionOperation.REBOOT,
    powerTimeout: durationFromMs(1_500),
    bootTimeout: durationFromMs(60_000),
    retries: 0,
    maxInFlight: 5,
  })
  expect(state.only(sessions).value).toMatchObject({
    operation: SessionOperation.REBOOT,
    powerTimeoutMs: 1_500,
    bootTimeoutMs: 60_000,
    retries: 0,
    maxInFlight: 5,
    groupId: '',
  })
})

test('a limit narrows the targets and adds none', () => {
  const state = given(allTables, site)
  creating(state).run({ template: 'compute', groupName: 'compute', limit: 'x1000c0s1b0n0,x1000c7s0b0n0' })
  expect(state.only(sessions).value).toMatchObject({ nodes: 'x1000c0s1b0n0', total: 1 })
})

test.each([
  [
    'a template that is not there',
    { template: 'compte', groupName: 'compute' },
    'TEMPLATE_NOT_FOUND',
    'did you mean compute?',
  ],
  ['neither group nor nodes', { template: 'compute' }, 'SESSION_TARGETS_MISSING', 'a group or nodes, and not both'],
  [
    'group and nodes',
    { template: 'compute', groupName: 'compute', nodes: xnames[0]! },
    'SESSION_TARGETS_MISSING',
    'not both',
  ],
  [
    'a group that is not there',
    { template: 'compute', groupName: 'compte' },
    'GROUP_NOT_FOUND',
    'did you mean compute?',
  ],
  [
    'an empty group',
    { template: 'compute', groupName: 'empty' },
    'SESSION_EMPTY',
    '0 targets: group empty has no members; nothing was started',
  ],
  [
    'an empty nodeset',
    { template: 'compute', nodes: '@empty' },
    'SESSION_EMPTY',
    '0 targets: the nodeset @empty is empty',
  ],
  [
    'a limit that leaves none',
    { template: 'compute', groupName: 'compute', limit: 'x1000c7s0b0n0' },
    'SESSION_EMPTY',
    'leaves none',
  ],
  [
    'a limit that names nobody',
    { template: 'compute', groupName: 'compute', limit: 'x1000c0s7b0n0' },
    'NODE_NOT_FOUND',
    'x1000c0s7b0n0',
  ],
  [
    'a node without a BMC',
    { template: 'compute', nodes: '@*' },
    'NODES_NOT_MANAGED',
    'no BMC is known for x1000c7s0b0n0; nothing was started',
  ],
])('a session on %s is refused, and nothing is started', (_what, request, code, text) => {
  const state = given(allTables, site)
  const error = creating(state).refusal(request)
  expect(error.code).toBe(code)
  expect(error.message).toContain(text)
  expect(state.size(sessions)).toBe(0)
})

test('a second session over the same nodes is refused with the first one, the nodes, and what to do', () => {
  const state = given(allTables, site, session('1', { on: xnames.slice(0, 2) }))
  const error = creating(state).refusal({ template: 'compute', groupName: 'compute' })
  expect(error.code).toBe('SESSION_OVERLAP')
  expect(error.message).toBe('the session overlaps session ses-1 on x1000c0s0b0n[0-1]; nothing was started')
  expect(error.remedy).toContain('trivet session cancel ses-1')
})

test('a session that has ended is in nobody’s way', () => {
  const row = { sessionState: SessionState.FAILED }
  const state = given(allTables, site, session('1', { on: xnames, row }))
  creating(state).run({ template: 'compute', groupName: 'compute' })
  expect(state.size(sessions)).toBe(2)
})

test('so many sessions are open and no more', () => {
  const open = Array.from({ length: openSessionsMax }, (_, at) => session(`${at}`, { on: [] }))
  const error = creating(given(allTables, site, open)).refusal({ template: 'compute', groupName: 'compute' })
  expect(error.code).toBe('OVERLOADED')
})

test('so many targets are in a session and no more', () => {
  const many = Array.from({ length: sessionTargetsMax + 1 }, (_, at) => node(`x${2_000 + at}c0s0b0n0`, { path: '/1' }))
  const state = given(allTables, site, many)
  const error = creating(state).refusal({ template: 'compute', nodes: `x[2000-${2_000 + sessionTargetsMax}]c0s0b0n0` })
  expect(error.message).toBe('the change needs 901 targets of one session; one transaction holds at most 900')
  creating(state).run({ template: 'compute', nodes: `x[2000-${1_999 + sessionTargetsMax}]c0s0b0n0` })
  expect(state.size(sessionTargets)).toBe(900)
})
