import { describe, expect, test } from 'vitest'
import type { FakeAnswer } from './fake-firmware.ts'
import { FakeFirmware, fakeKernel } from './fake-firmware.ts'
import { runIpxe } from './interpreter.ts'
import { Settings } from './settings.ts'

const firmware = { 'mac:hex': '52:54:00:12:34:56', 'net0/mac:hex': '52:54:00:12:34:56', buildarch: 'x86_64' }

/** Boots `script` as the file that DHCP named; `answers` are the other URLs. */
async function boot(script: string, answers: Readonly<Record<string, FakeAnswer>> = {}) {
  const port = new FakeFirmware({ 'http://boot/ipxe': `#!ipxe\n${script}\n`, ...answers })
  const end = await runIpxe({ port, settings: new Settings(firmware), filename: 'http://boot/ipxe' })
  return { end, port }
}

const files = { 'http://files/vmlinuz': fakeKernel(), 'http://files/initrd': 'initrd' }

test('kernel, parameters and initrd reach the kernel as the script says', async () => {
  const { end } = await boot(
    `kernel --timeout 5000 http://files/vmlinuz root=live:x ds=nocloud;s=http://a/ -- mac=\${mac:hexhyp}\ninitrd http://files/initrd\nboot`,
    files,
  )
  expect(end).toMatchObject({
    kind: 'booted',
    commandLine: 'root=live:x ds=nocloud;s=http://a/ -- mac=52-54-00-12-34-56',
    kernel: { name: 'vmlinuz' },
    initrds: [{ name: 'initrd' }],
  })
})

describe('the order of commands on a line', () => {
  test.each([
    ['isset x && echo a || echo b', ['a']],
    ['isset ${none} && echo a || echo b', ['b']],
    ['isset ${none} || echo a && echo b', ['a', 'b']],
    ['isset ${none} ; echo a', ['a']],
    ['isset ${none} ||\necho next', ['next']],
    ['isset x && isset ${none} ||\necho next', ['next']],
    ['iseq ${buildarch} x86_64 && echo same', ['same']],
    ['cpuid --ext 29 && echo 64 || echo 32', ['64']],
    ['cpuid --ext 11 && echo yes || echo no', ['no']],
    ['set a one two && echo ${a}', ['one two']],
    ['set a:int32 7 && inc a && echo ${a} ${a:hex}', ['8 00:00:00:08']],
    ['dhcp net0 && echo up', ['up']],
  ])('%s', async (line, printed) => {
    const { port } = await boot(line)
    expect(port.console).toEqual(printed)
  })
})

test('a line whose last command fails ends the script, as a failed boot', async () => {
  const { end, port } = await boot('isset ${none}\necho never')
  expect(end).toMatchObject({ kind: 'ended', failed: true })
  expect(port.console).toEqual([])
})

test('goto finds labels before and behind, and labels made of settings', async () => {
  const { port } = await boot(
    'set i:int32 0\n:again\ninc i\necho ${i}\niseq ${i} 3 && goto done${i} || goto again\n:done3\necho end',
  )
  expect(port.console).toEqual(['1', '2', '3', 'end'])
})

describe('a strict reader', () => {
  test.each([
    ['wget http://a/', /line 2: wget: command not found/],
    ['isset x || wget http://a/', /line 2: wget: command not found/],
    ['goto nowhere', /line 2: no such label :nowhere/],
    ['set l nowhere\ngoto ${l}', /line 3: no such label :nowhere/],
    ['kernel --retries 3 http://files/vmlinuz', /line 2: unrecognised option --retries/],
    ['kernel --timeout', /line 2: option --timeout needs a value/],
    ['kernel --timeout soon http://files/vmlinuz', /line 2: "soon" is no time-out/],
    ['kernel', /line 2: kernel takes 1 to/],
    ['sleep a', /line 2: "a" is no number/],
    ['iseq a', /line 2: iseq takes 2 to 2 arguments, not 1/],
    ['chain ${nothing}', /line 2: the URI is empty/],
    ['prompt', /waits for a person/],
    ['set i:int31 1', /line 2: "int31" is no type/],
    [':loop\ngoto loop', /over 100000 commands/],
  ])('%s', async (script, message) => {
    const { end } = await boot(script, files)
    expect(end).toMatchObject({ kind: 'script_error', reason: expect.stringMatching(message) as string })
  })
})

test('a kernel that is no kernel is not started, and the script may go on', async () => {
  const { end } = await boot('kernel http://a/login || kernel http://files/vmlinuz\nboot', {
    ...files,
    'http://a/login': '<html>',
  })
  expect(end).toMatchObject({ kind: 'booted', kernel: { name: 'vmlinuz' }, initrds: [] })
})

describe('chain', () => {
  test('relative URIs resolve against the script that runs, and after it against the one before', async () => {
    const { port } = await boot('chain --autofree http://b/dir/next\nchain tail', {
      'http://b/dir/next': '#!ipxe\nchain inner\n',
      'http://b/dir/inner': '#!ipxe\necho inner\n',
      'http://boot/tail': '#!ipxe\necho tail\n',
    })
    expect(port.urls).toEqual(['http://boot/ipxe', 'http://b/dir/next', 'http://b/dir/inner', 'http://boot/tail'])
  })

  test('a script that exits with a status fails the chain that called it', async () => {
    const { port } = await boot('chain http://b/x || echo failed', { 'http://b/x': '#!ipxe\nexit 1\necho never\n' })
    expect(port.console).toEqual(['http://b/x... ok', 'failed'])
  })

  test('with --replace the calling script does not go on', async () => {
    const { end, port } = await boot('chain --replace http://b/x\necho never', { 'http://b/x': '#!ipxe\necho x\n' })
    expect(port.console).toEqual(['http://b/x... ok', 'x'])
    expect(end).toMatchObject({ kind: 'ended', failed: false })
  })

  test('a node that nobody knows asks again and again with --replace', async () => {
    const hold = '#!ipxe\necho hold\nsleep 5\nchain --replace http://boot/ipxe\n'
    const port = new FakeFirmware({
      'http://boot/ipxe': (asked) => (asked < 100 ? hold : '#!ipxe\nkernel http://files/vmlinuz\nboot\n'),
      ...files,
    })
    const end = await runIpxe({ port, settings: new Settings(), filename: 'http://boot/ipxe' })
    expect(end.kind).toBe('booted')
    expect(port.sleptMs).toBe(500_000)
  })

  test('who comes back without --replace runs out of stack', async () => {
    const { end } = await boot('chain http://boot/ipxe')
    expect(end).toMatchObject({ kind: 'script_error', reason: expect.stringContaining('--replace') as string })
  })

  test('scripts that came and went are not handed to the kernel as initrds', async () => {
    const { end } = await boot(
      'chain http://b/x || \\\nkernel http://files/vmlinuz\ninitrd http://files/initrd\nboot',
      {
        ...files,
        'http://b/x': '#!ipxe\nexit 1\n',
      },
    )
    expect(end).toMatchObject({ kind: 'booted', initrds: [{ name: 'initrd' }] })
  })
})

test('the first file is fetched once and without a time-out', async () => {
  const port = new FakeFirmware({})
  const end = await runIpxe({ port, settings: new Settings(firmware), filename: 'http://boot/ipxe?mac=${mac}' })
  expect(port.requests).toEqual([
    { url: 'http://boot/ipxe?mac=52%3A54%3A00%3A12%3A34%3A56', use: 'chain', timeoutMs: undefined },
  ])
  expect(end).toMatchObject({ kind: 'ended', failed: true, reason: expect.stringContaining('refused') as string })
})

test('imgfree forgets, imgargs renames nothing but the parameters, reboot ends the boot', async () => {
  const freed = await boot('kernel http://files/vmlinuz a\nimgfree vmlinuz\nboot', files)
  expect(freed.end).toMatchObject({ kind: 'ended', failed: true })
  const args = await boot('kernel http://files/vmlinuz a\nimgargs vmlinuz b c\nimgstat\nboot', files)
  expect(args.end).toMatchObject({ kind: 'booted', commandLine: 'b c' })
  expect((await boot('reboot')).end).toEqual({ kind: 'rebooted' })
})

describe('a loop over peers for each artifact (the failover pattern)', () => {
  const script = `
set peer0 http://p0
set peer1 http://p1
set peer2 http://p2
set i:int32 1
set rounds:int32 0

:kernel
kernel --timeout 5000 \${peer\${i}}/a/vmlinuz trivet.seed=\${peer\${i}}/seed/ && goto initrd || goto kernel_failed
:kernel_failed
set next kernel
goto next_peer

:initrd
initrd --timeout 5000 \${peer\${i}}/a/initrd && goto start || goto initrd_failed
:initrd_failed
set next initrd
goto next_peer

:start
boot || goto give_up

:next_peer
inc i
isset \${peer\${i}} && goto \${next} || set i:int32 0
inc rounds
iseq \${rounds} 10 && goto give_up || sleep 1
goto \${next}

:give_up
reboot
`

  const peer = (name: string, broken: 'none' | 'all' | 'initrd'): Record<string, FakeAnswer> => ({
    [`http://${name}/a/vmlinuz`]: broken === 'all' ? { error: 'Connection timed out' } : fakeKernel(name),
    [`http://${name}/a/initrd`]: broken === 'none' ? 'initrd' : { error: 'Connection reset' },
  })

  test('with every peer up it asks the first of its rotation only', async () => {
    const { end, port } = await boot(script, { ...peer('p0', 'none'), ...peer('p1', 'none'), ...peer('p2', 'none') })
    expect(end).toMatchObject({ kind: 'booted', commandLine: 'trivet.seed=http://p1/seed/' })
    expect(port.urls.slice(1)).toEqual(['http://p1/a/vmlinuz', 'http://p1/a/initrd'])
    expect(port.requests.slice(1).every((request) => request.timeoutMs === 5_000)).toBe(true)
  })

  test('two of three peers out: the third boots the node', async () => {
    const { end, port } = await boot(script, { ...peer('p0', 'none'), ...peer('p1', 'all'), ...peer('p2', 'all') })
    expect(end).toMatchObject({ kind: 'booted' })
    expect(port.urls.slice(1)).toEqual([
      'http://p1/a/vmlinuz',
      'http://p2/a/vmlinuz',
      'http://p0/a/vmlinuz',
      'http://p0/a/initrd',
    ])
  })

  test('kernel from one peer and initrd from another is a whole boot', async () => {
    const { end, port } = await boot(script, { ...peer('p0', 'none'), ...peer('p1', 'initrd'), ...peer('p2', 'none') })
    expect(end).toMatchObject({ kind: 'booted', initrds: [{ name: 'initrd' }] })
    expect(port.urls.slice(1)).toEqual(['http://p1/a/vmlinuz', 'http://p1/a/initrd', 'http://p2/a/initrd'])
  })

  test('no peer at all: after its rounds the node restarts', async () => {
    const { end, port } = await boot(script)
    expect(end).toEqual({ kind: 'rebooted' })
    expect(port.sleptMs).toBe(9_000)
  })
})
