import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliLimits } from './limits.ts'
import { parseCommand } from './parse-command.ts'
import { buildRequest } from './request.ts'
import type { CommandTable } from './table.ts'
import { commandOf, field } from './testing/tables.ts'
import { Terminal, type TerminalOptions } from './testing/terminal.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivet-request-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

async function build(table: CommandTable, words: string[], options: TerminalOptions = {}) {
  return (await buildRequest(table, parseCommand(table, words), new Terminal(options))).json
}

test('an update names the fields that were given, and an empty value clears one', async () => {
  const update = await commandOf('node', 'update')
  expect(await build(update, ['x1000c0s0b0n0', '--hostname', '', '--nid', '7', '--etag', 'e1'])).toEqual({
    node: 'x1000c0s0b0n0',
    etag: 'e1',
    nid: '7',
    update_mask: 'nid,hostname',
  })
})

test('an empty etag is refused: whoever gives one means to check it, and a command that gave none has failed', async () => {
  for (const [noun, verb] of [
    ['node', 'update'],
    ['group', 'delete'],
    ['template', 'update'],
  ] as const) {
    await expect(build(await commandOf(noun, verb), ['x', '--etag', '']), `${noun} ${verb}`).rejects.toMatchObject({
      code: 'USAGE',
      message: '--etag is empty; leave it out to change whatever is there',
    })
  }
})

test('what the resource does not have is no part of the mask: a message for the history', async () => {
  const update = await commandOf('template', 'update')
  expect(await build(update, ['compute', '--message', 'new kernel'])).toEqual({
    template: 'compute',
    message: 'new kernel',
  })
  expect(await build(update, ['compute', '--boot-configuration', 'b', '--runtime-configuration', ''])).toEqual({
    template: 'compute',
    boot_configuration: 'b',
    update_mask: 'bootConfiguration,runtimeConfiguration',
  })
})

test('fields of a nested message are put into it', async () => {
  const table: CommandTable = {
    ...(await commandOf('node', 'get')),
    flags: [field({ path: 'spec.kernel' }), field({ path: 'spec.tries', kind: 'uint32' })],
  }
  expect(await build(table, ['x1', '--spec.kernel', 'k', '--spec.tries', '3'])).toEqual({
    node: 'x1',
    spec: { kernel: 'k', tries: '3' },
  })
})

test('documents are read from files and stdin, byte order mark and all', async () => {
  const create = await commandOf('runtime-configuration', 'create')
  const name = file('user-data.yaml', '\ufeff#cloud-config\n')
  const words = ['compute', '--user-data', name, '--vendor-data', '-', '--meta-data', 'a=1', '--meta-data', 'b=2']
  expect(await build(create, words, { input: 'vendor' })).toEqual({
    name: 'compute',
    user_data: '#cloud-config\n',
    vendor_data: 'vendor',
    meta_data: { a: '1', b: '2' },
  })
})

test('an empty file name clears a document', async () => {
  const update = await commandOf('runtime-configuration', 'update')
  expect(await build(update, ['compute', '--user-data', ''])).toEqual({
    runtime_configuration: 'compute',
    user_data: '',
    update_mask: 'userData',
  })
})

test('a file of messages becomes a list', async () => {
  const load = await commandOf('bmc', 'import')
  const name = file('bmcs.yaml', 'bmcs:\n- xname: x1000c0s0b0\n  address: 10.1.0.1\n')
  expect(await build(load, [name])).toEqual({ bmcs: [{ xname: 'x1000c0s0b0', address: '10.1.0.1' }] })
})

test.for<[string, string, string[], RegExp]>([
  ['node', 'update', ['x1', '--nid', 'seven'], /^--nid: "seven" is not a whole number$/],
  ['node', 'create', ['x1', '--role', 'compte'], /^--role: "compte" is none of .*did you mean compute\?$/],
  ['node', 'list', ['--nodes', 'n[1-'], /^nodeset "n\[1-" is not valid at position/],
  ['session', 'create', ['t', '--power-timeout', '90'], /^"90" is not a duration/],
  ['bmc', 'create', ['x1'], /^--address ADDRESS is missing$/],
  [
    'runtime-configuration',
    'create',
    ['c', '--user-data', '/nowhere'],
    /^cannot read \/nowhere: there is no such file$/,
  ],
  ['runtime-configuration', 'create', ['c', '--user-data', '/tmp'], /^cannot read \/tmp: it is a directory$/],
  [
    'runtime-configuration',
    'create',
    ['c', '--user-data', '-', '--vendor-data', '-'],
    /^only one flag can read stdin$/,
  ],
])('%s %s %s is refused before anything is sent', async ([noun, verb, words, message]) => {
  await expect(build(await commandOf(noun, verb), words)).rejects.toThrow(message)
})

test('an error of a value says which flag it is', async () => {
  const attempt = build(await commandOf('session', 'create'), ['t', '--limit', '@a,', '--group-name', 'b'])
  await expect(attempt).rejects.toMatchObject({ code: 'NODESET_INVALID', violations: [{ field: '--limit' }] })
})

test('a file that is no text or too large is refused', async () => {
  const create = await commandOf('runtime-configuration', 'create')
  const binary = file('binary', Uint8Array.of(0xff, 0xfe))
  await expect(build(create, ['c', '--user-data', binary])).rejects.toThrow(
    /binary is not valid: it is not UTF-8 text$/,
  )
  const large = file('large', 'x'.repeat(cliLimits.fileSizeBytesMax + 1))
  await expect(build(create, ['c', '--user-data', large])).rejects.toThrow(/it has more than 4194304 bytes$/)
  await expect(build(create, ['c', '--user-data', '/dev/zero'])).rejects.toThrow(/it has more than 4194304 bytes$/)
})

test('a mistake in a plain value is told before a secret is asked for', async () => {
  const table = await commandOf('credential', 'set')
  const withNumber = { ...table, flags: [...table.flags, field({ path: 'count', kind: 'uint32' })] }
  const surroundings = new Terminal({ isTTY: true, input: 'initial0\ninitial0\n' })
  const parsed = parseCommand(withNumber, ['*', '--username', 'root', '--count', 'x'])
  await expect(buildRequest(withNumber, parsed, surroundings)).rejects.toThrow(/--count/)
  expect(surroundings.stderr.text).toBe('')
})
