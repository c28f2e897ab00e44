import { describe, expect, test } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { UpdateBootConfigurationRequestSchema } from '../../../gen/trivet/boot/v1/boot_configurations_pb.ts'
import {
  CreateTemplateRequestSchema,
  DeleteTemplateRequestSchema,
  ListTemplateRevisionsRequestSchema,
  UpdateTemplateRequestSchema,
} from '../../../gen/trivet/boot/v1/templates_pb.ts'
import { SessionState } from '../../../gen/trivet/session/v1/session_pb.ts'
import type { GivenState } from '../../../state/testing/given.ts'
import { given } from '../../../state/testing/given.ts'
import { put } from '../../../state/write.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bootConfiguration, node, runtimeConfiguration, session, template } from '../../testing/fixtures.ts'
import { asked } from '../../testing/request.ts'
import { templateAnswer } from '../answers/template.ts'
import { listTemplateRevisions } from '../queries.ts'
import { nodeBindings, templateRevisions, templates } from '../tables.ts'
import { updateBootConfiguration } from './boot-configurations.ts'
import { createTemplate, deleteTemplate, nodesInErrorMax, updateTemplate } from './templates.ts'

const creating = (state: GivenState) => asked(state, CreateTemplateRequestSchema, createTemplate)
const updating = (state: GivenState) => asked(state, UpdateTemplateRequestSchema, updateTemplate)
const deleting = (state: GivenState) => asked(state, DeleteTemplateRequestSchema, deleteTemplate)
const changing = (state: GivenState) => asked(state, UpdateBootConfigurationRequestSchema, updateBootConfiguration)
const parts = [bootConfiguration('linux'), bootConfiguration('other'), runtimeConfiguration('users')]

describe('creating a template', () => {
  test('pins the newest revisions of what it names', () => {
    const state = given(allTables, parts).as({ principal: 'ann' })
    changing(state).run({ bootConfiguration: 'linux', parameters: 'debug' })
    const { name } = creating(state).run({
      name: 'compute',
      bootConfiguration: 'linux',
      runtimeConfiguration: 'users',
      message: 'why',
    })
    expect(state.only(templateRevisions).value).toMatchObject({
      templateId: name,
      revision: 1,
      parent: 0,
      author: 'ann',
      message: 'why',
      bootConfigurationId: 'bc-linux',
      bootConfigurationRevision: 2,
      runtimeConfigurationId: 'rc-users',
      runtimeConfigurationRevision: 1,
    })
    expect(templateAnswer(state, state.only(templates))).toMatchObject({
      template: { name: 'compute', revision: 1, bootConfigurationId: 'bc-linux', runtimeConfigurationId: 'rc-users' },
      newest: { revision: 1, message: 'why' },
    })
  })

  test.each([
    [
      { name: 'a', bootConfiguration: 'linus' },
      'field boot_configuration names linus, and there is no such boot configuration; did you mean linux?',
      '`trivet boot-configuration list` shows them all',
    ],
    [
      { name: 'a', bootConfiguration: 'linux', runtimeConfiguration: 'rc-gone' },
      'field runtime_configuration names rc-gone',
      '`trivet runtime-configuration list` shows them all',
    ],
  ])(
    'that names a missing configuration says which field, which name, and the command that lists them',
    (request, message, remedy) => {
      const state = given(allTables, parts)
      const error = creating(state).refusal(request)
      expect(error.code).toBe('TEMPLATE_REFERENCE_MISSING')
      expect(error.message).toContain(message)
      expect(error.remedy).toBe(remedy)
      expect(state.size(templates)).toBe(0)
    },
  )

  test('under a name that is taken is refused', () => {
    const state = given(allTables, parts, template('compute', { boot: 'linux' }))
    expect(creating(state).refusal({ name: 'compute', bootConfiguration: 'linux' }).code).toBe('NAME_IN_USE')
    expect(creating(state).refusal({ name: '', bootConfiguration: 'linux' }).code).toBe('INVALID_REQUEST')
  })
})

describe('updating a template', () => {
  test('takes up the newest revisions, and leaves its older revisions as they were', () => {
    const state = given(allTables, parts)
    creating(state).run({ name: 'compute', bootConfiguration: 'linux' })
    changing(state).run({ bootConfiguration: 'linux', parameters: 'debug' })
    updating(state).run({ template: 'compute', message: 'debug' })
    expect(
      state.rows(templateRevisions).map(({ value: { revision, parent, bootConfigurationRevision } }) => ({
        revision,
        parent,
        bootConfigurationRevision,
      })),
    ).toEqual([
      { revision: 1, parent: 0, bootConfigurationRevision: 1 },
      { revision: 2, parent: 1, bootConfigurationRevision: 2 },
    ])
    const request = create(ListTemplateRevisionsRequestSchema, { template: 'compute' })
    expect(listTemplateRevisions(state, request).revisions.map(({ revision }) => revision)).toEqual([2, 1])
  })

  test('has one digest for one content, whatever names and numbers lead to it', () => {
    const state = given(allTables, parts)
    creating(state).run({ name: 'a', bootConfiguration: 'linux' })
    creating(state).run({ name: 'b', bootConfiguration: 'other' })
    changing(state).run({ bootConfiguration: 'other', parameters: 'debug' })
    updating(state).run({ template: 'b' })
    const digests = state.rows(templateRevisions).map(({ value }) => value.digest)
    expect(digests[0]).toBe(digests[1])
    expect(digests[2]).not.toBe(digests[1])
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/)
  })

  test('names other configurations, or none at all where none is needed', () => {
    const state = given(allTables, parts)
    creating(state).run({ name: 'compute', bootConfiguration: 'linux', runtimeConfiguration: 'users' })
    updating(state).run({ template: 'compute', name: 'batch', bootConfiguration: 'other' })
    updating(state).run({ template: 'batch', updateMask: { paths: ['runtime_configuration'] } })
    expect(templateAnswer(state, state.only(templates)).template).toMatchObject({
      name: 'batch',
      revision: 3,
      bootConfigurationId: 'bc-other',
      runtimeConfigurationId: '',
    })
  })

  test.each([
    ['TEMPLATE_NOT_FOUND', { template: 'compte' }],
    ['ETAG_MISMATCH', { template: 'compute', etag: 'given-9' }],
    ['NAME_IN_USE', { template: 'compute', name: 'taken' }],
    ['INVALID_REQUEST', { template: 'compute', updateMask: { paths: ['name'] } }],
    ['INVALID_REQUEST', { template: 'compute', updateMask: { paths: ['revision'] } }],
    ['TEMPLATE_REFERENCE_MISSING', { template: 'compute', updateMask: { paths: ['boot_configuration'] } }],
  ])('is refused with %s', (code, request) => {
    const state = given(allTables, parts, template('compute', { boot: 'linux' }), template('taken', { boot: 'linux' }))
    expect(updating(state).refusal(request).code).toBe(code)
    expect(state.revision).toBe(1)
  })
})

describe('deleting a template', () => {
  const bound = (count: number) => [
    Array.from({ length: count }, (_, at) => node(`x1000c0s${at}b0n0`)),
    Array.from({ length: count }, (_, at) =>
      put(nodeBindings, { nodeId: `node-x1000c0s${at}b0n0`, templateId: 'tpl-compute' }),
    ),
  ]

  test('is refused while an open session uses it, and the error names the session', () => {
    const state = given(
      allTables,
      parts,
      template('compute', { boot: 'linux' }),
      bound(0),
      node('x1000c0s0b0n0'),
      session('1', { on: ['x1000c0s0b0n0'] }),
    )
    expect(deleting(state).refusal({ template: 'compute' }).message).toBe('template compute is used by session ses-1')
  })

  test('is refused while nodes boot it, and the error names them, folded, and says what to do', () => {
    const state = given(allTables, parts, template('compute', { boot: 'linux' }), bound(12))
    const error = deleting(state).refusal({ template: 'compute' })
    expect(error.message).toBe('template compute is used by x1000c0s[0-11]b0n0')
    expect(error.remedy).toContain('boot another template first')
  })

  test('names so many nodes at most, and counts the others', () => {
    const state = given(allTables, parts, template('compute', { boot: 'linux' }), bound(nodesInErrorMax + 1))
    expect(deleting(state).refusal({ template: 'compute' }).message).toMatch(
      /^[^ ]+ compute is used by \S+, 1 more node$/,
    )
  })

  test('takes its revisions along, so that its configurations can go, too', () => {
    const ended = session('1', { on: [], row: { sessionState: SessionState.FAILED } })
    const state = given(allTables, parts, template('compute', { boot: 'linux', revisions: 3 }), ended)
    deleting(state).run({ template: 'compute' })
    expect(state.size(templateRevisions)).toBe(0)
  })
})
