import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { answerText, messageText } from './answer-text.ts'
import { cellText } from './cell.ts'
import { commandOf } from './testing/tables.ts'

const table = { format: 'table', header: true } as const
const list = {
  nodes: [
    { xname: 'x1000c0s0b0n0', nid: 1, hostname: '', role: 'compute', group_names: ['a', 'io'], power_state: 'on' },
    {
      xname: 'x1000c0s10b0n0',
      nid: 1000,
      hostname: 'login1',
      role: 'unspecified',
      group_names: [],
      power_state: 'off',
      booted: { template: 'compute@3' },
      id: 'node-1',
    },
  ],
  next_page_token: '',
  revision: '7',
}

test('a list is a table: columns below one another, what is not set as -, lists joined, paths followed', async () => {
  expect(await answerText(list, await commandOf('node', 'list'), table)).toBe(
    [
      'XNAME           NID   HOSTNAME  ROLE     GROUP_NAMES  POWER_STATE  BOOTED.TEMPLATE  ID',
      'x1000c0s0b0n0   1     -         compute  a,io         on           -                -',
      'x1000c0s10b0n0  1000  login1    -        -            off          compute@3        node-1',
      '',
    ].join('\n'),
  )
})

test('without a header only rows are printed, and no rows are nothing', async () => {
  const command = await commandOf('node', 'list')
  expect((await answerText(list, command, { ...table, header: false })).split('\n')).toHaveLength(3)
  expect(await answerText({ nodes: [] }, command, { ...table, header: false })).toBe('')
})

test('one thing is a line for each value; texts of several lines and lists stand below', async () => {
  const session = {
    session: { id: 'ses-1', session_state: 'failed', created: '2026-11-21T04:15:00.123456Z', nodes: 'n[0-1]' },
    targets: [
      { xname: 'n0', step: 'failed', attempt: 2, last_error: 'no answer', last_updated: '2026-11-21T04:15:00Z' },
    ],
  }
  expect(await answerText(session, await commandOf('session', 'get'), table)).toBe(
    [
      'id             ses-1',
      'session_state  failed',
      'created        2026-11-21T04:15:00Z',
      'nodes          n[0-1]',
      '',
      'targets:',
      'XNAME  STEP    ATTEMPT  LAST_UPDATED          LAST_ERROR',
      'n0     failed  2        2026-11-21T04:15:00Z  no answer',
      '',
    ].join('\n'),
  )
  const script = { script: '#!ipxe\nboot\n', sha256: 'ab', template: '' }
  expect(await answerText(script, await commandOf('boot-script', 'render'), table)).toBe(
    ['sha256    ab', 'template  -', '', 'script:', '  #!ipxe', '  boot', ''].join('\n'),
  )
})

test('what stands beside the resource keeps its name, so that two ids are never mixed up', async () => {
  const answer = { template: { id: 'tpl-1', name: 'compute' }, newest: { template_id: 'tpl-1', revision: 3 } }
  expect(await answerText(answer, await commandOf('template', 'get'), table)).toBe(
    'id                  tpl-1\nname                compute\nnewest.template_id  tpl-1\nnewest.revision     3\n',
  )
})

test('a write that answers with a list says below it what else happened', async () => {
  const answer = {
    bmcs: [{ xname: 'x1000c0s0b0', address: 'a', discovery_state: 'unspecified' }],
    created: 1,
    unchanged: 0,
  }
  expect(await answerText(answer, await commandOf('bmc', 'import'), table)).toBe(
    'XNAME        ADDRESS  DISCOVERY_STATE\nx1000c0s0b0  a        -\n\ncreated    1\nunchanged  0\n',
  )
})

test('JSON and YAML hold the whole answer', async () => {
  const command = await commandOf('node', 'list')
  expect(JSON.parse(await answerText(list, command, { ...table, format: 'json' }))).toEqual(list)
  expect(parse(await answerText(list, command, { ...table, format: 'yaml' }))).toEqual(list)
})

test('messages of a stream are a line of JSON each, or a document of YAML', async () => {
  expect(await messageText({ a: ['x\ny'] }, 'json')).toBe('{"a":["x\\ny"]}\n')
  expect(await messageText({ a: 1 }, 'yaml')).toBe('---\na: 1\n')
})

test('nothing that a BMC reports can speak to the terminal or break a line', () => {
  expect(cellText('ev\u001b[2Jil\u009b\u202e\nx')).toBe('ev\\u001b[2Jil\\u009b\\u202e\\nx')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(cellText(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
    }),
  )
})
