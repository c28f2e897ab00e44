import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  GetBootConfigurationRequestSchema,
  ListBootConfigurationsRequestSchema,
} from '../../gen/trivet/boot/v1/boot_configurations_pb.ts'
import {
  GetRuntimeConfigurationRequestSchema,
  ListRuntimeConfigurationsRequestSchema,
} from '../../gen/trivet/boot/v1/runtime_configurations_pb.ts'
import { GetTemplateRequestSchema, ListTemplatesRequestSchema } from '../../gen/trivet/boot/v1/templates_pb.ts'
import { given } from '../../state/testing/given.ts'
import { allTables } from '../testing/all-tables.ts'
import { bootConfiguration, runtimeConfiguration, template } from '../testing/fixtures.ts'
import { refusalOf } from '../testing/request.ts'
import * as queries from './queries.ts'

const state = given(
  allTables,
  bootConfiguration('b', { kernel: 'http://h/b' }),
  bootConfiguration('a'),
  runtimeConfiguration('z'),
  runtimeConfiguration('y', { userData: '#!y' }),
  template('t2', { boot: 'b' }),
  template('t1', { boot: 'a', runtime: 'y', revisions: 3 }),
)

test('configurations and templates stand in the order of their names, with their newest revision', () => {
  const boots = queries.listBootConfigurations(state, create(ListBootConfigurationsRequestSchema))
  expect(boots).toMatchObject({
    bootConfigurations: [{ name: 'a' }, { name: 'b', kernel: 'http://h/b' }],
    revision: 1n,
  })
  const runtimes = queries.listRuntimeConfigurations(state, create(ListRuntimeConfigurationsRequestSchema))
  expect(runtimes).toMatchObject({ runtimeConfigurations: [{ name: 'y', userData: '#!y' }, { name: 'z' }] })
  const templates = queries.listTemplates(state, create(ListTemplatesRequestSchema, { pageSize: 1 }))
  expect(templates).toMatchObject({ templates: [{ name: 't1', revision: 3, runtimeConfigurationId: 'rc-y' }] })
  const { nextPageToken: pageToken } = templates
  const rest = queries.listTemplates(state, create(ListTemplatesRequestSchema, { pageSize: 1, pageToken }))
  expect(rest).toMatchObject({ templates: [{ name: 't2', runtimeConfigurationId: '' }], nextPageToken: '' })
})

test('one of them is found by name and by id', () => {
  for (const reference of ['a', 'bc-a']) {
    const request = create(GetBootConfigurationRequestSchema, { bootConfiguration: reference })
    expect(queries.getBootConfiguration(state, request)).toMatchObject({
      bootConfiguration: { id: 'bc-a', revision: 1 },
    })
  }
  for (const reference of ['y', 'rc-y']) {
    const request = create(GetRuntimeConfigurationRequestSchema, { runtimeConfiguration: reference })
    expect(queries.getRuntimeConfiguration(state, request)).toMatchObject({ runtimeConfiguration: { id: 'rc-y' } })
  }
  const request = create(GetTemplateRequestSchema, { template: 't1' })
  expect(queries.getTemplate(state, request)).toMatchObject({ template: { id: 'tpl-t1' }, newest: { revision: 3 } })
  const missing = create(GetTemplateRequestSchema, { template: 't3' })
  expect(refusalOf(() => queries.getTemplate(state, missing)).message).toContain('did you mean t')
})
