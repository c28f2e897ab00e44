import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FakeAnswer } from '../../../../test/support/room/ipxe/fake-firmware.ts'
import { FakeFirmware, fakeKernel } from '../../../../test/support/room/ipxe/fake-firmware.ts'
import { runIpxe } from '../../../../test/support/room/ipxe/interpreter.ts'
import { Settings } from '../../../../test/support/room/ipxe/settings.ts'
import { commandLineBytesMax, parseBootParameters } from '../../../../test/support/room/node/kernel-command-line.ts'
import { defaultStampPatterns, stampOf } from '../../../../test/support/room/node/script-stamp.ts'
import { makeId } from '../../../lib/id.ts'
import { parametersSizeBytesMax } from '../rules/kernel-line.ts'
import type { BootScriptFacts } from './ipxe-script.ts'
import { bootScript, ownNames, waitingScript } from './ipxe-script.ts'
import { PeerLoops } from './peer-loop.ts'

const nodeId = makeId({ prefix: 'node', random: new Uint8Array(16).fill(9) })
const attemptId = makeId({ prefix: 'att', random: new Uint8Array(16).fill(5) })
const urls = ['http://127.0.0.1:7402', 'http://127.0.0.2:7402', 'http://127.0.0.3:7402']
const kernel = 'http://files.example/vmlinuz'
const initrd = 'http://files.example/initrd.img'
const firstHop = 'http://boot.example/boot/ipxe'

const facts: BootScriptFacts = {
  node: { id: nodeId, xname: 'x1000c0s0b0n0' },
  attempt: { sessionId: 'ses-1', number: 2, id: attemptId },
  from: 'template compute@3, node@12, binding@40',
  kernel,
  initrd,
  parameters: 'console=ttyS0 quiet',
  peers: new PeerLoops(urls).of(nodeId),
}

const artifacts: Readonly<Record<string, FakeAnswer>> = { [kernel]: fakeKernel(), [initrd]: Buffer.from('initrd') }
const refused = { error: 'Connection refused' }
const silent = { error: 'Connection timed out' }

/** Boots with a script as the first hop gives it; what the peers answer is under `answers`. */
async function boot(script: string, answers: Readonly<Record<string, FakeAnswer>> = artifacts) {
  const port = new FakeFirmware({ [firstHop]: script, ...answers })
  const settings = new Settings({ 'mac:hex': '02:00:00:00:00:0a', 'uuid:uuid': '12345678-9abc-4def-8123-456789abcdef' })
  return { end: await runIpxe({ port, settings, filename: firstHop }), port }
}

/** Where the script goes on when its artifacts fail, or when it waits, in the order in which it asks. */
function order(script: string): string[] {
  return [...script.matchAll(/^set peer\d+ (.*)$/gm)].map(([, url]) => url!)
}

describe('a boot script', () => {
  test('boots kernel and initrd with the configured parameters and all that the initramfs needs', async () => {
    const { end, port } = await boot(bootScript(facts))
    expect(end.kind).toBe('booted')
    if (end.kind !== 'booted') return
    expect(end.initrds.map(({ name }) => name)).toEqual(['initrd'])
    const words = end.commandLine.split(' ')
    expect(words.slice(0, 4)).toEqual(['console=ttyS0', 'quiet', 'initrd=initrd', 'ds=nocloud'])
    const parameters = parseBootParameters(end.commandLine)!
    expect(parameters.attempt).toBe(attemptId)
    expect(parameters.seeds.map(({ href }) => href).sort()).toEqual(
      urls.map((url) => `${url}/seed/${nodeId}/${attemptId}/`),
    )
    expect(port.requests.map(({ url, timeoutMs }) => [url, timeoutMs])).toEqual([
      [firstHop, undefined],
      [kernel, 15_000],
      [initrd, 15_000],
    ])
  })

  test('says what it was rendered from and for which attempt, where people and checks find it', () => {
    expect(stampOf(bootScript(facts), defaultStampPatterns)).toEqual({
      revision: 'template compute@3, node@12, binding@40',
      attempt: attemptId,
    })
  })

  test('without an initrd names none', async () => {
    const { end } = await boot(bootScript({ ...facts, initrd: '' }))
    expect(end).toMatchObject({ kind: 'booted', initrds: [] })
    expect(end.kind === 'booted' && end.commandLine).not.toContain('initrd=')
  })

  test('is the same bytes for the same rows, and begins with another peer for other nodes', () => {
    expect(bootScript(facts)).toBe(bootScript({ ...facts, peers: new PeerLoops([...urls]).of(nodeId) }))
    const firsts = Array.from(
      { length: 30 },
      (_, at) => order(bootScript({ ...facts, peers: new PeerLoops(urls).of(`node-${at}`) }))[0],
    )
    expect(new Set(firsts)).toEqual(new Set(urls))
  })

  test.each([kernel, initrd])('tries again when %s fails for a while', async (artifact) => {
    const flaky: FakeAnswer = (asked) => (asked < 3 ? refused : artifacts[artifact]!)
    const { end, port } = await boot(bootScript(facts), { ...artifacts, [artifact]: flaky })
    expect(end.kind).toBe('booted')
    expect(port.urls.filter((url) => url === artifact)).toHaveLength(4)
    expect(port.sleptMs).toBe(3 * 2_000)
  })

  test('asks the peers for a newer script when its artifacts stay away, and boots that', async () => {
    const next = bootScript({
      ...facts,
      kernel: 'http://files.example/newer',
      attempt: { ...facts.attempt, number: 3 },
    })
    const [first, second] = order(bootScript(facts))
    const again = (peer: string) => `${peer}/boot/ipxe?node=${nodeId}`
    const { end, port } = await boot(bootScript(facts), {
      [initrd]: artifacts[initrd]!,
      'http://files.example/newer': fakeKernel('newer'),
      [again(first!)]: refused,
      [again(second!)]: next,
    })
    expect(end.kind).toBe('booted')
    expect(port.urls.filter((url) => url === kernel)).toHaveLength(5)
    expect(port.urls.filter((url) => url.includes('/boot/ipxe?'))).toEqual([again(first!), again(second!)])
    expect(port.requests.find(({ url }) => url === again(first!))?.timeoutMs).toBe(5_000)
  })

  test('goes round the peers without end, and starts the firmware anew after many rounds', async () => {
    const { end, port } = await boot(bootScript(facts), { [kernel]: silent })
    expect(end).toEqual({ kind: 'rebooted' })
    expect(port.urls.filter((url) => url.includes('/boot/ipxe?'))).toHaveLength(3 * 30)
  })

  test('goes on when the kernel that it got does not boot', async () => {
    const { end, port } = await boot(bootScript(facts), { [kernel]: 'no kernel at all', [initrd]: 'x' })
    expect(end).toEqual({ kind: 'rebooted' })
    expect(port.urls.filter((url) => url === kernel)).toHaveLength(5)
  })

  test('without any peer starts the firmware anew', async () => {
    const { end } = await boot(bootScript({ ...facts, peers: new PeerLoops([]).of(nodeId) }), {})
    expect(end).toEqual({ kind: 'rebooted' })
  })

  test('never makes a command line that a kernel would cut, and always names a peer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: parametersSizeBytesMax }),
        fc.array(fc.integer({ min: 15, max: 300 }), { minLength: 1, maxLength: 9 }),
        (size, lengths) => {
          const long = lengths.map((length, at) => `http://${String(at).repeat(length - 12)}:7402`)
          const line = /^kernel .*? --timeout \d+ \S+ (.*) \|\| goto again$/m
          const [, commandLine] = line.exec(
            bootScript({ ...facts, parameters: 'p'.repeat(size), peers: new PeerLoops(long).of(nodeId) }),
          )!
          expect(Buffer.byteLength(commandLine!)).toBeLessThan(commandLineBytesMax)
          expect(commandLine).toMatch(/ trivet\.seed=http/)
        },
      ),
    )
  })
})

describe('a waiting script', () => {
  const script = waitingScript({
    subject: 'this machine',
    peers: new PeerLoops(urls).of('this machine'),
    query: ownNames,
  })
  const asks = (peer: string) => `${peer}/boot/ipxe?mac=02-00-00-00-00-0a&uuid=12345678-9abc-4def-8123-456789abcdef`

  test('waits, then asks one peer after the other until one has something to boot', async () => {
    const [first, second, third] = order(script).map(asks)
    const { end, port } = await boot(script, {
      ...artifacts,
      [first!]: (asked) => (asked === 0 ? script : refused),
      [second!]: silent,
      [third!]: bootScript(facts),
    })
    expect(end.kind).toBe('booted')
    expect(port.urls).toEqual([firstHop, first, first, second, third, kernel, initrd])
    // Ten seconds for each time that it was told to wait.
    expect(port.sleptMs).toBe(20_000)
  })

  test('asks by the names that it is given', async () => {
    const known = waitingScript({
      subject: 'x1000c0s0b0n0',
      peers: new PeerLoops(urls).of('x1000c0s0b0n0'),
      query: `node=${nodeId}`,
    })
    const [first] = order(known)
    const { end } = await boot(known, { ...artifacts, [`${first}/boot/ipxe?node=${nodeId}`]: bootScript(facts) })
    expect(end.kind).toBe('booted')
  })

  test('of a site whose peers are all gone starts the firmware anew, and never boots anything else', async () => {
    const { end, port } = await boot(script, {})
    expect(end).toEqual({ kind: 'rebooted' })
    expect(port.urls).toHaveLength(1 + 3 * 30)
  })
})
