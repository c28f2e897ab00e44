import { describe, expect, test } from 'vitest'
import {
  AddGroupMembersRequestSchema,
  CreateGroupRequestSchema,
  DeleteGroupRequestSchema,
  RemoveGroupMembersRequestSchema,
  UpdateGroupRequestSchema,
} from '../../../gen/trivet/inventory/v1/groups_pb.ts'
import { SessionState } from '../../../gen/trivet/session/v1/session_pb.ts'
import type { GivenState } from '../../../state/testing/given.ts'
import { given } from '../../../state/testing/given.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bootable, group, node, session } from '../../testing/fixtures.ts'
import { asked } from '../../testing/request.ts'
import { groupMembers, groups } from '../tables.ts'
import { createGroup, groupMembersMax } from './create-group.ts'
import { deleteGroup } from './delete-group.ts'
import { addGroupMembers, removeGroupMembers } from './group-members.ts'
import { updateGroup } from './update-group.ts'

const nodes = [0, 1, 2].map((slot) => node(`x1000c0s${slot}b0n0`))
const members = (state: GivenState) => state.rows(groupMembers).map(({ value }) => value.nodeId)
const creating = (state: GivenState) => asked(state, CreateGroupRequestSchema, createGroup)
const updating = (state: GivenState) => asked(state, UpdateGroupRequestSchema, updateGroup)
const deleting = (state: GivenState) => asked(state, DeleteGroupRequestSchema, deleteGroup)
const adding = (state: GivenState) => asked(state, AddGroupMembersRequestSchema, addGroupMembers)
const removing = (state: GivenState) => asked(state, RemoveGroupMembersRequestSchema, removeGroupMembers)

/** More nodes than one group may have. */
const many = Array.from({ length: groupMembersMax + 1 }, (_, at) => node(`x${1_000 + at}c0s0b0n0`))
const manyNames = (count: number) => `x[1000-${999 + count}]c0s0b0n0`

test('a group is created with its first members, each once', () => {
  const state = given(allTables, nodes)
  creating(state).run({ name: 'compute', nodes: 'x1000c0s[0-1]b0n0,x1000c0s1b0n0' })
  expect(members(state)).toEqual(['node-x1000c0s0b0n0', 'node-x1000c0s1b0n0'])
})

test('a name that is taken is refused with the revision since when', () => {
  const error = creating(given(allTables, group('compute'))).refusal({ name: 'compute' })
  expect(error.message).toBe('there is a group compute already, since revision 1')
})

test('a group with a node that nobody knows is not created', () => {
  const state = given(allTables, nodes)
  expect(creating(state).refusal({ name: 'compute', nodes: 'x1000c0s[0-5]b0n0' }).code).toBe('NODES_NOT_FOUND')
  expect(creating(state).refusal({ name: 'compute', nodes: '@other' }).code).toBe('GROUP_NOT_FOUND')
  expect(state.size(groups)).toBe(0)
})

test('members are added and removed; those that are there, or not, are left alone', () => {
  const state = given(allTables, nodes, group('compute', ['x1000c0s0b0n0']))
  const { name, etag } = adding(state).run({ group: 'compute', nodes: 'x1000c0s[0-2]b0n0' })
  expect(name).toBe('grp-compute')
  expect(members(state)).toHaveLength(3)
  removing(state).run({ group: '@compute', nodes: 'x1000c0s0b0n0' })
  removing(state).run({ group: 'compute', nodes: 'x1000c0s0b0n0' })
  expect(members(state)).toEqual(['node-x1000c0s1b0n0', 'node-x1000c0s2b0n0'])
  // Members do not count for the etag of the group.
  expect(state.etag(state.only(groups))).toBe(etag)
  expect(adding(state).refusal({ group: 'compte', nodes: '@*' }).message).toContain('did you mean compute?')
  expect(removing(state).refusal({ group: 'compute', nodes: 'x1000c0s9b0n0' }).code).toBe('NODE_NOT_FOUND')
})

test('a group has as many members as one transaction can delete, and no more', () => {
  const state = given(allTables, many)
  creating(state).run({ name: 'large', nodes: manyNames(groupMembersMax) })
  const error = adding(state).refusal({ group: 'large', nodes: `x${1_000 + groupMembersMax}c0s0b0n0` })
  expect(error.message).toBe('the change needs 901 members of one group; one transaction holds at most 900')
  expect(creating(state).refusal({ name: 'larger', nodes: manyNames(901) }).code).toBe('TRANSACTION_TOO_LARGE')
  deleting(state).run({ group: 'large' })
  expect(state.size(groupMembers)).toBe(0)
})

describe('updating a group', () => {
  test('changes its name, under which it is then found', () => {
    const state = given(allTables, nodes, group('compute', ['x1000c0s0b0n0']))
    updating(state).run({ group: 'compute', name: 'batch' })
    adding(state).run({ group: 'batch', nodes: 'x1000c0s1b0n0' })
    expect(members(state)).toHaveLength(2)
    updating(state).run({ group: 'batch', name: 'batch', description: 'nodes' })
    expect(state.only(groups).value.description).toBe('nodes')
    updating(state).run({ group: 'batch', updateMask: { paths: ['description'] } })
    expect(state.only(groups).value.description).toBe('')
  })

  test.each([
    ['GROUP_NOT_FOUND', { group: 'nobody', name: 'a' }],
    ['GROUP_EXISTS', { group: 'compute', name: 'other' }],
    ['ETAG_MISMATCH', { group: 'compute', etag: 'given-9', name: 'a' }],
    ['INVALID_REQUEST', { group: 'compute', updateMask: { paths: ['name'] } }],
    ['INVALID_REQUEST', { group: 'compute', updateMask: { paths: ['nodes'] } }],
  ])('is refused with %s', (code, request) => {
    const state = given(allTables, group('compute'), group('other'))
    expect(updating(state).refusal(request).code).toBe(code)
    expect(state.revision).toBe(1)
  })
})

describe('deleting a group', () => {
  test('is refused while an open session targets it, and the error names the session', () => {
    const open = session('1', { on: ['x1000c0s0b0n0'], group: 'compute' })
    const state = given(allTables, nodes, group('compute', ['x1000c0s0b0n0']), bootable, open)
    const error = deleting(state).refusal({ group: 'compute' })
    expect(error.code).toBe('GROUP_IN_USE')
    expect(error.message).toContain('ses-1')
  })

  test('takes its members away at once, and they come back with no later group of that name', () => {
    const ended = session('1', {
      on: ['x1000c0s0b0n0'],
      group: 'compute',
      row: { sessionState: SessionState.COMPLETED },
    })
    const state = given(allTables, nodes, group('compute', ['x1000c0s0b0n0']), bootable, ended)
    deleting(state).run({ group: 'compute' })
    const { name } = creating(state).run({ name: 'compute' })
    expect(state.bucket(groupMembers, 'group', name)).toEqual([])
    expect(state.size(groupMembers)).toBe(0)
  })
})
