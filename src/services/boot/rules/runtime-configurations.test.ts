import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CreateRuntimeConfigurationRequestSchema,
  DeleteRuntimeConfigurationRequestSchema,
  UpdateRuntimeConfigurationRequestSchema,
} from '../../../gen/trivet/boot/v1/runtime_configurations_pb.ts'
import type { GivenState } from '../../../state/testing/given.ts'
import { given } from '../../../state/testing/given.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bootConfiguration, runtimeConfiguration, template } from '../../testing/fixtures.ts'
import { asked } from '../../testing/request.ts'
import { runtimeConfigurationAnswer, templatesPinningOlder } from '../answers/configurations.ts'
import { runtimeConfigurationRevisions, runtimeConfigurations } from '../tables.ts'
import { sameDocuments } from './documents.ts'
import {
  createRuntimeConfiguration,
  deleteRuntimeConfiguration,
  updateRuntimeConfiguration,
} from './runtime-configurations.ts'

const creating = (state: GivenState) =>
  asked(state, CreateRuntimeConfigurationRequestSchema, createRuntimeConfiguration)
const updating = (state: GivenState) =>
  asked(state, UpdateRuntimeConfigurationRequestSchema, updateRuntimeConfiguration)
const deleting = (state: GivenState) =>
  asked(state, DeleteRuntimeConfigurationRequestSchema, deleteRuntimeConfiguration)
const answer = (state: GivenState) => runtimeConfigurationAnswer(state, state.only(runtimeConfigurations))

test('a runtime configuration keeps its documents byte for byte', () => {
  const state = given(allTables)
  const documents = {
    userData: '#!/bin/sh\n\t:\r\n',
    vendorData: '',
    metaData: { b: '1', a: '2' },
    networkConfig: 'version: 2\n',
  }
  creating(state).run({ name: 'compute', ...documents })
  expect(answer(state)).toMatchObject({ name: 'compute', revision: 1, ...documents })
})

test('creating it twice is refused', () => {
  const state = given(allTables, runtimeConfiguration('compute'))
  expect(creating(state).refusal({ name: 'compute' }).code).toBe('NAME_IN_USE')
  expect(creating(state).refusal({ name: '' }).code).toBe('INVALID_REQUEST')
})

describe('updating a runtime configuration', () => {
  test('makes a revision of what changed, with the rest as it was', () => {
    const state = given(allTables, runtimeConfiguration('compute', { userData: '#!a', metaData: { a: '1' } }))
    updating(state).run({ runtimeConfiguration: 'compute', metaData: { a: '1', b: '2' } })
    expect(answer(state)).toMatchObject({ revision: 2, userData: '#!a', metaData: { a: '1', b: '2' } })
    updating(state).run({ runtimeConfiguration: 'compute', updateMask: { paths: ['user_data', 'meta_data'] } })
    expect(answer(state)).toMatchObject({ revision: 3, userData: '', metaData: {} })
  })

  test('to what it says already makes none', () => {
    const state = given(allTables, runtimeConfiguration('compute', { userData: '#!a', metaData: { a: '1', b: '2' } }))
    updating(state).run({
      runtimeConfiguration: 'compute',
      metaData: { b: '2', a: '1' },
      userData: '#!a',
      name: 'batch',
    })
    updating(state).run({ runtimeConfiguration: 'batch' })
    expect(state.size(runtimeConfigurationRevisions)).toBe(1)
  })

  test.each([
    ['RUNTIME_CONFIGURATION_NOT_FOUND', { runtimeConfiguration: 'compte', name: 'a' }],
    ['ETAG_MISMATCH', { runtimeConfiguration: 'compute', etag: 'given-9', name: 'a' }],
    ['NAME_IN_USE', { runtimeConfiguration: 'compute', name: 'taken' }],
    ['INVALID_REQUEST', { runtimeConfiguration: 'compute', updateMask: { paths: ['name'] } }],
    ['INVALID_REQUEST', { runtimeConfiguration: 'compute', updateMask: { paths: ['userData'] } }],
  ])('is refused with %s', (code, request) => {
    const state = given(allTables, runtimeConfiguration('compute'), runtimeConfiguration('taken'))
    expect(updating(state).refusal(request).code).toBe(code)
    expect(state.revision).toBe(1)
  })
})

test('deleting it is refused while a template pins it, and possible afterwards', () => {
  const pinned = given(
    allTables,
    bootConfiguration('a'),
    runtimeConfiguration('compute'),
    template('a', { runtime: 'compute' }),
  )
  const error = deleting(pinned).refusal({ runtimeConfiguration: 'compute' })
  expect(error.message).toBe('runtime configuration compute is pinned by revisions of template a')
  updating(pinned).run({ runtimeConfiguration: 'compute', userData: '#!b' })
  const row = pinned.only(runtimeConfigurations).value
  expect(templatesPinningOlder(pinned, row, 'runtimeConfiguration')).toEqual(['a'])
  const free = given(allTables, runtimeConfiguration('compute'))
  deleting(free).run({ runtimeConfiguration: 'compute' })
  expect(free.size(runtimeConfigurationRevisions)).toBe(0)
})

test('documents are the same when every text and every key is', () => {
  const documents = fc.record({
    userData: fc.constantFrom('', 'a'),
    vendorData: fc.constantFrom('', 'a'),
    metaData: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2'), { noNullPrototype: true }),
    networkConfig: fc.constantFrom('', 'a'),
  })
  const sorted = ({ metaData, ...rest }: { metaData: Record<string, string> }) =>
    JSON.stringify([
      rest,
      Object.entries(metaData)
        .map(([key, value]) => `${key}=${value}`)
        .sort(),
    ])
  fc.assert(fc.property(documents, documents, (a, b) => sameDocuments(a, b) === (sorted(a) === sorted(b))))
})
