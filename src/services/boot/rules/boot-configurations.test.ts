import { describe, expect, test } from 'vitest'
import {
  CreateBootConfigurationRequestSchema,
  DeleteBootConfigurationRequestSchema,
  UpdateBootConfigurationRequestSchema,
} from '../../../gen/trivet/boot/v1/boot_configurations_pb.ts'
import type { GivenState } from '../../../state/testing/given.ts'
import { given } from '../../../state/testing/given.ts'
import { put } from '../../../state/write.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bootConfiguration, template } from '../../testing/fixtures.ts'
import { asked } from '../../testing/request.ts'
import { bootConfigurationAnswer, templatesPinningOlder } from '../answers/configurations.ts'
import { bootConfigurationRevisions, bootConfigurations } from '../tables.ts'
import { createBootConfiguration, deleteBootConfiguration, updateBootConfiguration } from './boot-configurations.ts'
import { revisionsMax } from './revision-limit.ts'

const creating = (state: GivenState) => asked(state, CreateBootConfigurationRequestSchema, createBootConfiguration)
const updating = (state: GivenState) => asked(state, UpdateBootConfigurationRequestSchema, updateBootConfiguration)
const deleting = (state: GivenState) => asked(state, DeleteBootConfigurationRequestSchema, deleteBootConfiguration)
const kernel = 'http://h/vmlinuz'

describe('creating a boot configuration', () => {
  test('makes its first revision, with its author', () => {
    const state = given(allTables).as({ principal: 'ann' })
    const { name } = creating(state).run({ name: 'compute', kernel, parameters: 'quiet' })
    expect(state.only(bootConfigurationRevisions).value).toMatchObject({
      configurationId: name,
      revision: 1,
      author: 'ann',
      kernel,
      initrd: '',
    })
    expect(bootConfigurationAnswer(state, state.only(bootConfigurations))).toMatchObject({
      name: 'compute',
      revision: 1,
      kernel,
      parameters: 'quiet',
    })
  })

  test.each([
    ['NAME_IN_USE', { name: 'taken', kernel }, 'there is a boot configuration taken already, since revision 1'],
    ['INVALID_REQUEST', { name: '', kernel }, 'cannot be empty'],
    ['URL_INVALID', { name: 'a', kernel: 'h/vmlinuz' }, 'kernel: h/vmlinuz cannot be used, at offset 0'],
    ['URL_INVALID', { name: 'a', kernel, initrd: 'x y' }, 'initrd: x y'],
    ['PARAMETERS_INVALID', { name: 'a', kernel, parameters: 'a\nb' }, 'at offset 1: a line break'],
  ])('is refused with %s, and nothing of it remains', (code, request, text) => {
    const state = given(allTables, bootConfiguration('taken'))
    const error = creating(state).refusal(request)
    expect(error.code).toBe(code)
    expect(error.message).toContain(text)
    expect(state.revision).toBe(1)
  })
})

describe('updating a boot configuration', () => {
  test('makes a new revision and leaves the old one as it was', () => {
    const state = given(allTables, bootConfiguration('compute', { kernel }))
    updating(state).run({ bootConfiguration: 'compute', parameters: 'debug' })
    expect(
      state.rows(bootConfigurationRevisions).map(({ value: { revision, parameters } }) => [revision, parameters]),
    ).toEqual([
      [1, 'console=ttyS0'],
      [2, 'debug'],
    ])
    expect(state.only(bootConfigurations).value.newestRevision).toBe(2)
  })

  test('says which templates still pin the older revision, and not those that pinned it once', () => {
    const state = given(
      allTables,
      bootConfiguration('compute'),
      template('old', { boot: 'compute' }),
      template('older', { boot: 'compute' }),
    )
    updating(state).run({ bootConfiguration: 'compute', parameters: 'debug' })
    const pinning = () => templatesPinningOlder(state, state.only(bootConfigurations).value, 'bootConfiguration')
    expect(pinning()).toEqual(['old', 'older'])
  })

  test('to what it says already makes no revision', () => {
    const state = given(allTables, bootConfiguration('compute', { kernel }))
    updating(state).run({ bootConfiguration: 'compute', kernel })
    updating(state).run({ bootConfiguration: 'compute', name: 'batch' })
    updating(state).run({ bootConfiguration: 'batch' })
    expect(state.size(bootConfigurationRevisions)).toBe(1)
    expect(state.only(bootConfigurations).value).toMatchObject({ name: 'batch', newestRevision: 1 })
  })

  test('clears what the mask names', () => {
    const state = given(allTables, bootConfiguration('compute'))
    updating(state).run({ bootConfiguration: 'compute', updateMask: { paths: ['initrd', 'parameters'] } })
    expect(bootConfigurationAnswer(state, state.only(bootConfigurations))).toMatchObject({ initrd: '', parameters: '' })
  })

  test.each([
    ['BOOT_CONFIGURATION_NOT_FOUND', { bootConfiguration: 'compte', kernel }],
    ['ETAG_MISMATCH', { bootConfiguration: 'compute', etag: 'given-9', kernel }],
    ['NAME_IN_USE', { bootConfiguration: 'compute', name: 'taken' }],
    ['INVALID_REQUEST', { bootConfiguration: 'compute', updateMask: { paths: ['name'] } }],
    ['INVALID_REQUEST', { bootConfiguration: 'compute', updateMask: { paths: ['revision'] } }],
    ['URL_INVALID', { bootConfiguration: 'compute', updateMask: { paths: ['kernel'] } }],
  ])('is refused with %s', (code, request) => {
    const state = given(allTables, bootConfiguration('compute'), bootConfiguration('taken'))
    const error = updating(state).refusal(request)
    expect(error.code).toBe(code)
    if (code === 'BOOT_CONFIGURATION_NOT_FOUND') expect(error.message).toContain('did you mean compute?')
    expect(state.revision).toBe(1)
  })

  test('stops at the most revisions that a deletion can take along', () => {
    const revisions = Array.from({ length: revisionsMax - 1 }, (_, at) =>
      put(bootConfigurationRevisions, { configurationId: 'bc-compute', revision: at + 2, kernel }),
    )
    const state = given(allTables, bootConfiguration('compute'), revisions)
    state.run(
      () => [put(bootConfigurations, { ...state.only(bootConfigurations).value, newestRevision: revisionsMax })],
      undefined,
    )
    const error = updating(state).refusal({ bootConfiguration: 'compute', parameters: 'one more' })
    expect(error.message).toBe('boot configuration compute has 900 revisions, which is the most')
    deleting(state).run({ bootConfiguration: 'compute' })
    expect(state.size(bootConfigurationRevisions)).toBe(0)
  })
})

test('deleting a boot configuration is refused while any template revision pins it, and the error names the templates', () => {
  const state = given(
    allTables,
    bootConfiguration('compute'),
    template('a', { boot: 'compute', revisions: 3 }),
    template('b', { boot: 'compute' }),
  )
  const error = deleting(state).refusal({ bootConfiguration: 'compute' })
  expect(error.code).toBe('CONFIGURATION_IN_USE')
  expect(error.message).toBe('boot configuration compute is pinned by revisions of template a, b')
  expect(deleting(state).refusal({ bootConfiguration: 'compute', etag: 'x' }).code).toBe('ETAG_MISMATCH')
})
