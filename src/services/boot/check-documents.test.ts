import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTrivetError } from '../../lib/errors.ts'
import { refusalOf } from '../testing/request.ts'
import { requireDocuments } from './check-documents.ts'

const nothing = { userData: '', vendorData: '', metaData: {}, networkConfig: '' }
const refused = (documents: Partial<typeof nothing>) => refusalOf(() => requireDocuments({ ...nothing, ...documents }))

test.each([
  ['', 'nothing at all'],
  ['#cloud-config\n', 'an empty cloud-config'],
  ['#cloud-config\nusers:\n- name: root\n', 'a cloud-config'],
  ['#!/bin/sh\n\techo tabs are fine here\n', 'a shell script'],
  ['#include\nhttp://h/a\n', 'an include list'],
  ['#cloud-config-archive\n- content: a\n', 'an archive'],
  ['## template: jinja\n#cloud-config\na: {{ v1.x }}\n', 'a template'],
  ['Content-Type: multipart/mixed; boundary="a"\n', 'a multipart document'],
])('user-data may be %j: %s', (userData) => {
  requireDocuments({ ...nothing, userData, vendorData: userData })
})

test.each([
  ['users: []\n', 1, 1, 'the first line must be #cloud-config'],
  ['#cloud-configuration\n', 1, 1, 'the first line must be #cloud-config'],
  ['#cloud-config\nusers:\n\t- name: root\n', 3, 1, 'a tab cannot indent YAML; use spaces'],
  ['#cloud-config\na: 1\na: 2\n', 3, 1, 'this key stands there twice'],
  ['#cloud-config\na: [1\n', 3, 1, 'a bracket is not closed before this line'],
  ['#cloud-config\n- a\n', 1, 1, 'it is no mapping'],
  ['#cloud-config\na: 1\n---\nb: 2\n', 1, 1, 'several documents'],
  ['#cloud-config\na: !secret b\n', 2, 4, 'this tag is not known; leave it out'],
])('user-data %j is refused at line %i, column %i', (userData, line, column, reason) => {
  const error = refused({ userData })
  expect(error.code).toBe('DOCUMENT_INVALID')
  expect(error.params).toMatchObject({ field: 'user_data', line, column })
  expect(error.message.toLowerCase()).toContain(reason.toLowerCase())
  expect(refused({ vendorData: userData }).params['field']).toBe('vendor_data')
})

test('network-config is version 1 or 2, below network or not, and nothing else', () => {
  for (const networkConfig of ['', 'version: 2\n', 'network:\n  version: 1\n  config: []\n', '# nothing\n']) {
    requireDocuments({ ...nothing, networkConfig })
  }
  for (const networkConfig of [
    'version: 3\n',
    'ethernets: {}\n',
    'network: []\n',
    'network:\n  version: "2"\n',
    '- a\n',
  ]) {
    expect(refused({ networkConfig }).params['field']).toBe('network_config')
  }
})

test('meta-data has keys of letters and digits, and none that trivet writes itself', () => {
  requireDocuments({ ...nothing, metaData: { 'cluster-name': 'a', Rack_1: 'b', 'a.b': '' } })
  expect(refused({ metaData: { 'instance-id': 'a' } }).message).toContain('instance-id is written by trivet')
  expect(refused({ metaData: { 'a b': 'a' } }).message).toContain('"a b" is not a key')
  expect(refused({ metaData: { '': 'a' } }).code).toBe('DOCUMENT_INVALID')
  expect(refused({ metaData: { a: 'x'.repeat(4_097) } }).message).toContain('more than 4096 characters')
})

test('no text breaks the check itself', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab:-{}[]&*!|>#%@`"\'\n\t ,?0'.split('')), maxLength: 40 })
  fc.assert(
    fc.property(text, fc.boolean(), (body, isNetwork) => {
      const documents = isNetwork ? { networkConfig: body } : { userData: `#cloud-config\n${body}` }
      try {
        requireDocuments({ ...nothing, ...documents })
      } catch (error) {
        expect(isTrivetError(error, 'DOCUMENT_INVALID'), String(error)).toBe(true)
      }
    }),
  )
})
