import { expect, test } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { RenderBootScriptRequestSchema } from '../../../gen/trivet/boot/v1/boot_scripts_pb.ts'
import { given } from '../../../state/testing/given.ts'
import { put } from '../../../state/write.ts'
import { nodes } from '../../inventory/tables.ts'
import { peers } from '../../operator/tables.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bootConfiguration, node, peer, runtimeConfiguration, template } from '../../testing/fixtures.ts'
import { renderBootScript } from '../queries.ts'
import { nodeBindings, templates } from '../tables.ts'
import { sha256Hex } from './digest.ts'
import { nodeScript } from './node-script.ts'

const nodeId = 'node-x1000c0s0b0n0'
const site = [
  node('x1000c0s0b0n0'),
  peer('a', 'http://127.0.0.1:7402'),
  peer('b', ''),
  peer('c', 'http://127.0.0.3:7402'),
  bootConfiguration('compute', { kernel: 'http://h/vmlinuz', initrd: '', parameters: 'quiet' }),
  runtimeConfiguration('compute'),
  template('compute', { runtime: 'compute', revisions: 2 }),
]
const binding = (row: object = {}) =>
  put(nodeBindings, {
    nodeId,
    sessionId: 'ses-1',
    templateId: 'tpl-compute',
    templateRevision: 2,
    attempt: 3,
    attemptId: 'att-1',
    ...row,
  })

test('a bound node gets the script of its binding, with the revisions of every row that is in it', () => {
  const state = given(allTables, site).advance(1_000)
  state.run(() => [binding()], undefined)
  const { text, bound } = nodeScript(state, nodeId)
  expect(bound).toEqual({ template: 'compute@2', sessionId: 'ses-1', attempt: 3, attemptId: 'att-1' })
  expect(text).toContain('kernel --name kernel --timeout 15000 http://h/vmlinuz quiet ds=nocloud')
  expect(text).toContain(
    '# from: template compute@2, node@1, binding@2, tpl-compute@1, tpl-compute/2@1, bc-compute/1@1, peers@1',
  )
  // Peers that nodes cannot reach are not named.
  expect(new Set([...text.matchAll(/^set peer\d+ (.*)$/gm)].map(([, url]) => url))).toEqual(
    new Set(['http://127.0.0.1:7402', 'http://127.0.0.3:7402']),
  )
})

test('the script is a function of rows: not of time, applied revision, or who renders', () => {
  const first = given(allTables, site, binding())
  const second = given(allTables, site, binding()).advance(86_400_000)
  second.run(() => [put(nodes, { id: 'node-other', xname: 'x1000c0s1b0n0' })], undefined)
  expect(nodeScript(second, nodeId).text).toBe(nodeScript(first, nodeId).text)
})

test('what scripts have in common is looked up anew with every revision', () => {
  const state = given(allTables, site, binding())
  const before = nodeScript(state, nodeId)
  expect(before.text).not.toContain('http://127.0.0.4:7402')
  state.run(
    () => [
      put(peers, { id: 'd', name: 'd', nodeUrl: 'http://127.0.0.4:7402' }),
      put(templates, { id: 'tpl-compute', name: 'renamed', newestRevision: 2 }),
    ],
    undefined,
  )
  const after = nodeScript(state, nodeId)
  expect(after.text).toContain('http://127.0.0.4:7402')
  expect(after.bound?.template).toBe('renamed@2')
  expect(nodeScript(given(allTables, site, binding()), nodeId).text).toBe(before.text)
})

test('a node that nothing is bound to waits, and asks again as itself', () => {
  const { text, bound } = nodeScript(given(allTables, site), nodeId)
  expect(bound).toBeUndefined()
  expect(text).toContain('# trivet: x1000c0s0b0n0 waits and asks again')
  expect(text).toContain(`/boot/ipxe?node=${nodeId} ||`)
})

test('a node whose template is gone waits, and so does one that nobody knows', () => {
  const state = given(allTables, site, binding({ templateRevision: 9 }))
  expect(nodeScript(state, nodeId).bound).toBeUndefined()
  expect(nodeScript(state, 'node-nobody').text).toContain('# trivet: this machine waits and asks again')
})

test('what people ask for is what the node gets, with its digest', () => {
  const state = given(allTables, site, binding())
  const { text } = nodeScript(state, nodeId)
  const answer = renderBootScript(state, create(RenderBootScriptRequestSchema, { node: 'x1000c0s0b0n0' }))
  expect(answer).toEqual({
    script: text,
    sha256: sha256Hex(text),
    template: 'compute@2',
    sessionId: 'ses-1',
    attempt: 3,
    revision: 1n,
  })
  const waiting = renderBootScript(
    given(allTables, site),
    create(RenderBootScriptRequestSchema, { node: 'x1000c0s0b0n0' }),
  )
  expect(waiting).toMatchObject({ template: '', attempt: 0 })
})
