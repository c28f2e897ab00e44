import fc from 'fast-check'
import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { given } from '../../../state/testing/given.ts'
import { put } from '../../../state/write.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bootConfiguration, node, runtimeConfiguration, template } from '../../testing/fixtures.ts'
import { nodeBindings } from '../tables.ts'
import type { SeedDocument } from './seed-documents.ts'
import { emptyDocument, seedDocument, seedDocuments } from './seed-documents.ts'

const nodeId = 'node-x1000c0s0b0n0'

function site(options: { readonly hostname?: string; readonly runtime?: Parameters<typeof runtimeConfiguration>[1] }) {
  const { hostname = '', runtime } = options
  const state = given(
    allTables,
    node('x1000c0s0b0n0', { hostname }),
    bootConfiguration('compute'),
    runtime === undefined ? [] : runtimeConfiguration('compute', runtime),
    template('compute', runtime === undefined ? {} : { runtime: 'compute' }),
    put(nodeBindings, { nodeId, templateId: 'tpl-compute', templateRevision: 1, attemptId: 'att-1' }),
  )
  return (document: SeedDocument, attemptId = 'att-1') => seedDocument(state, { nodeId, attemptId, document })
}

test('a node without runtime configuration gets every document, none of them missing', () => {
  const ask = site({})
  expect(Object.fromEntries(seedDocuments.map((document) => [document, ask(document)]))).toEqual({
    'meta-data': 'instance-id: "att-1"\nlocal-hostname: "x1000c0s0b0n0"\n',
    'user-data': '#cloud-config\n',
    'vendor-data': '#cloud-config\n',
    'network-config': '',
  })
})

test('a node with one gets its documents as they were written', () => {
  const runtime = { userData: '#!/bin/sh\n', vendorData: '#cloud-config\na: 1\n', networkConfig: 'version: 2\n' }
  const ask = site({ runtime, hostname: 'login1' })
  expect(ask('user-data')).toBe(runtime.userData)
  expect(ask('vendor-data')).toBe(runtime.vendorData)
  expect(ask('network-config')).toBe(runtime.networkConfig)
  expect(ask('meta-data')).toContain('local-hostname: "login1"\n')
})

test('an attempt that is not the node’s own gets nothing', () => {
  expect(site({})('meta-data', 'att-2')).toBeUndefined()
  const state = given(allTables)
  expect(seedDocument(state, { nodeId: 'node-nobody', attemptId: 'att-1', document: 'user-data' })).toBeUndefined()
})

test('meta-data says what was configured, but never who somebody else is', () => {
  const metaData = { 'cluster-name': 'a', 'instance-id': 'stolen', 'local-hostname': 'stolen', hostname: 'stolen' }
  const text = site({ runtime: { metaData } })('meta-data')!
  expect(parse(text)).toEqual({ 'instance-id': 'att-1', 'local-hostname': 'x1000c0s0b0n0', 'cluster-name': 'a' })
})

test('meta-data reads back as exactly the strings that were given, whatever they hold', () => {
  const key = fc.stringMatching(/^[A-Za-z0-9][-_.A-Za-z0-9]{0,20}$/)
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'yes',
      '0x1f',
      '1e3',
      'null',
      '~',
      '\u2028',
      '\u0085',
      '\u007f',
      '\ufeff',
      '---',
      'a: b',
      '"',
      '\\',
    ),
  )
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 5, noNullPrototype: true }), (metaData) => {
      const own = new Set(['instance-id', 'local-hostname', 'hostname'])
      const text = site({ runtime: { metaData } })('meta-data')!
      const { 'instance-id': _id, 'local-hostname': _name, ...rest } = parse(text) as Record<string, string>
      expect(rest).toEqual(Object.fromEntries(Object.entries(metaData).filter(([name]) => !own.has(name))))
      // PyYAML takes none of these.
      expect(text).toMatch(/^[\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u)
    }),
    { numRuns: 60 },
  )
})

test('every document but meta-data has a form that says nothing', () => {
  expect(seedDocuments.map(emptyDocument)).toEqual([undefined, '#cloud-config\n', '#cloud-config\n', ''])
})
