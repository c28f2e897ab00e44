import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { commandExamples } from '../../../src/cli/examples.ts'
import { shellWords } from '../../../src/cli/shell-words.ts'
import type { Site } from '../../support/processes/site.ts'
import { until } from '../../support/processes/until.ts'
import { useSite } from '../../support/processes/use-site.ts'
import { writeBmcFile } from '../../support/processes/workspace.ts'

/** One documented example, at the place of the story where it succeeds. */
interface Scene {
  readonly line: string
  /** What somebody who types it wants to read. */
  readonly says: RegExp
  /** Commands that have to come before, and are not documented in this form. */
  readonly after?: readonly string[]
  /** What has to be waited for before. */
  readonly when?: (site: Site) => Promise<unknown>
}

/** Every documented example, in an order in which each one finds what it needs. */
const story: readonly Scene[] = [
  { line: 'peer list', says: /^NAME +RAFT_ROLE .*\nalone +leader / },
  { line: 'peer status', says: /^ready +yes$/m },

  { line: 'bmc import bmcs.yaml', says: /^created +2$/m, when: (site) => writeBmcFile(site.workspace, site.room.info) },
  { line: 'bmc list', says: /^x1000c0s0b0 +127\..*\nx1000c0s1b0 +127\./m },
  { line: 'bmc create x1000c7s0b0 --address 10.1.0.70', says: /^address +10\.1\.0\.70$/m },
  { line: 'bmc update x1000c0s0b0 --description rack-1', says: /^description +rack-1$/m },
  { line: 'bmc delete x1000c7s1b0', says: /^id +bmc-/m, after: ['bmc create x1000c7s1b0 --address 10.1.0.71'] },
  { line: "credential set '*' --username root --password-file password.txt", says: /^pattern +\*$/m },
  { line: 'credential list', says: /^\* +root /m },
  {
    line: "credential delete 'x1000c7s0b0'",
    says: /^id +cred-/m,
    after: ['credential set x1000c7s0b0 --username root --password-file password.txt', 'bmc delete x1000c7s0b0'],
  },

  { line: 'discovery start', says: /^bmcs +x1000c0s\[0-1\]b0$/m },
  { line: 'discovery start --bmcs x1000c0s[0-1]b0', says: /^total +2$/m, when: discovered },
  { line: 'discovery list', says: /^disc-\w{26} +completed +2 +2 +0 /m, when: discovered },
  { line: 'discovery get disc-00000000000000000000000000', says: /^x1000c0s1b0 +completed/m },
  { line: 'discovery cancel disc-00000000000000000000000000', says: /^run_state +completed$/m },
  { line: 'bmc get x1000c0s0b0', says: /^nodes +x1000c0s0b0n0$/m },

  { line: 'node list', says: /^x1000c0s0b0n0 +- .*\nx1000c0s1b0n0 +- /m },
  { line: 'node list --nodes x1000c0s[0-1]b0n0 -o json', says: /^ +"xname": "x1000c0s1b0n0"/m },
  { line: 'node get x1000c0s0b0n0', says: /^macs +[0-9a-f:]{17},/m },
  { line: 'node get nid:1', says: /^xname +x1000c0s0b0n0$/m, after: ['node update x1000c0s0b0n0 --nid 1'] },
  {
    line: 'node create x1000c7s0b0n0 --nid 700 --hostname nid000700 --mac 02:00:00:00:07:00',
    says: /^hostname +nid000700$/m,
  },
  { line: 'node update x1000c0s0b0n0 --hostname login1 --role application', says: /^role +application$/m },
  { line: "node update x1000c0s0b0n0 --nid ''", says: /^xname +x1000c0s0b0n0\nhostname +login1$/m },
  { line: 'node delete x1000c7s1b0n0', says: /^id +node-/m, after: ['node create x1000c7s1b0n0'] },
  { line: 'interface list --nodes x1000c0s0b0n0', says: /^[0-9a-f:]{17} +x1000c0s0b0n0 .* yes /m },
  {
    line: 'interface get 02:00:00:00:00:01',
    says: /^node_xname +x1000c7s2b0n0$/m,
    after: ['node create x1000c7s2b0n0 --mac 02:00:00:00:00:01'],
  },
  { line: 'power status', says: /^x1000c0s0b0n0 +off /m },
  { line: 'power status --nodes x1000c0s[0-1]b0n0', says: /^x1000c0s1b0n0 +off .*\n$/m },

  { line: 'group create compute --nodes x1000c0s[0-1]b0n0', says: /^member_count +2$/m },
  { line: 'group list', says: /^compute +2 /m },
  { line: "group update compute --description 'batch nodes'", says: /^description +batch nodes$/m },
  { line: 'group remove-members compute x1000c0s1b0n0', says: /^nodes +x1000c0s0b0n0$/m },
  { line: 'group add-members compute x1000c0s1b0n0', says: /^nodes +x1000c0s\[0-1\]b0n0$/m },
  { line: 'group get compute', says: /^nodes +x1000c0s\[0-1\]b0n0$/m },
  { line: 'group delete old', says: /^id +grp-/m, after: ['group create old'] },

  {
    line: 'boot-configuration create compute2 --kernel http://files.example/vmlinuz --initrd http://files.example/initrd.img --parameters console=ttyS0',
    says: /^parameters +console=ttyS0$/m,
    after: ['boot-configuration create compute --kernel KERNEL --initrd INITRD'],
  },
  { line: 'boot-configuration update compute --parameters quiet', says: /^revision +2$/m },
  { line: 'boot-configuration list', says: /^compute +2 .*\ncompute2 +1 /m },
  { line: 'boot-configuration get compute', says: /^parameters +quiet$/m },
  {
    line: 'boot-configuration delete old',
    says: /^id +bc-/m,
    after: ['boot-configuration create old --kernel http://files.example/old'],
  },
  {
    line: 'runtime-configuration create compute2 --user-data user-data.yaml',
    says: /^user_data:\n +#cloud-config$/m,
    after: ['runtime-configuration create compute --meta-data cluster=test'],
  },
  { line: 'runtime-configuration update compute --user-data user-data.yaml', says: /^revision +2$/m },
  { line: 'runtime-configuration list', says: /^compute +2 .*\ncompute2 +1 /m },
  { line: 'runtime-configuration get compute', says: /^user_data:\n +#cloud-config$/m },
  { line: 'runtime-configuration delete old', says: /^id +rc-/m, after: ['runtime-configuration create old'] },
  {
    line: 'template create compute2 --boot-configuration compute --runtime-configuration compute',
    says: /^name +compute2$/m,
    after: ['template create compute --boot-configuration compute'],
  },
  { line: "template update compute --message 'new kernel'", says: /^newest\.message +new kernel$/m },
  { line: 'template list', says: /^compute +2 .*\ncompute2 +1 /m },
  { line: 'template get compute', says: /^revision +2$/m },
  { line: 'template history compute', says: /^2 .*new kernel.*\n1 /m },
  { line: 'template delete old', says: /^id +tpl-/m, after: ['template create old --boot-configuration compute2'] },

  { line: 'session create compute --group-name compute', says: /^nodes +x1000c0s\[0-1\]b0n0$/m },
  { line: 'session list', says: /^ses-\w{26} +boot +(?:pending|running|completed) +compute +2 /m },
  { line: 'session watch ses-00000000000000000000000000', says: /session_state=completed.* succeeded=2 /m },
  { line: 'session get ses-00000000000000000000000000', says: /^x1000c0s1b0n0 +succeeded +1 /m },
  { line: 'boot-script render x1000c0s0b0n0', says: /^ +kernel --name kernel .* trivet\.attempt=att-/m },
  { line: 'session create compute --nodes x1000c0s0b0n0 --operation reboot', says: /^operation +reboot$/m },
  { line: 'session cancel ses-00000000000000000000000000', says: /^nodes +x1000c0s0b0n0$/m },
  { line: 'transition list', says: /^trn-\w{26} +x1000c0s[01]b0n0 +on +observed +1 /m },
  { line: 'transition get trn-00000000000000000000000000', says: /^transition_state +\w+$/m },
  { line: 'change watch', says: /\bgroup\b/ },
]

const site = useSite({ purpose: 'examples', room: { nodes: 2, args: ['--speed', '20', '--network-speed', '5'] } })

/** Resources that examples name by ids that nobody can know before. */
const placeholders = { disc: 'discovery', ses: 'session', trn: 'transition' } as const

/** The words of a line, with the newest of what there is for each placeholder. */
async function wordsOf(line: string): Promise<readonly string[]> {
  const { kernel, initrd } = site().room.info.images[0]!
  const words = shellWords(line).map((word) => ({ KERNEL: kernel.url, INITRD: initrd.url })[word] ?? word)
  return Promise.all(
    words.map(async (word) => {
      const prefix = /^(disc|ses|trn)-0{26}$/.exec(word)?.[1] as keyof typeof placeholders | undefined
      if (prefix === undefined) return word
      const answer = await site().cli().must(placeholders[prefix], 'list', '--no-header')
      return /\S+/.exec(answer)?.[0] ?? word
    }),
  )
}

async function discovered(of: Site): Promise<void> {
  await until(
    'the discovery has ended',
    async () => ((await of.cli().must('discovery', 'list')).includes('running') ? undefined : true),
    { timeoutMs: 30_000 },
  )
}

/**
 * What it prints until somebody goes away who has read enough: `trivet … | head`. Other commands are still under way and
 * change things, too, so what comes first need not be what is waited for.
 */
async function outputUntil(
  argv: readonly string[],
  enough: RegExp,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const wrapper = fileURLToPath(new URL('../../../bin/trivet', import.meta.url))
  const server = site().peers[0]!.addresses.api
  const child = spawn(wrapper, [...argv], {
    cwd: site().workspace.path,
    env: { ...process.env, TRIVET_SERVER: server, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const errors = text(child.stderr)
  const ended = once(child, 'close')
  const output = readUntil(child.stdout, enough)
  const changing = new AbortController()
  const changes = (async () => {
    for (let count = 0; !changing.signal.aborted; count++) {
      await site().cli().must('group', 'update', 'compute', '--description', `change ${count}`)
    }
  })()
  const stdout = await output
  const [code] = (await ended) as [number]
  changing.abort()
  await changes
  return { exitCode: code, stdout, stderr: await errors }
}

/** Whole chunks of `stream` up to the one that completes what is looked for, or all of it; then nobody reads any more. */
async function readUntil(stream: Readable, enough: RegExp): Promise<string> {
  let output = ''
  for await (const chunk of stream) {
    output += String(chunk)
    if (enough.test(output)) break
  }
  return output
}

test('every documented example is in the story, and nothing else', async () => {
  const documented = (await commandExamples()).map(({ line }) => line)
  expect(story.map(({ line }) => line).toSorted()).toEqual(documented.toSorted())
})

test.for(story)('trivet $line', async ({ line, says, after = [], when }) => {
  for (const command of after)
    await site()
      .cli()
      .must(...(await wordsOf(command)))
  await when?.(site())
  const argv = await wordsOf(line)
  const endless = line === 'change watch'
  const { exitCode, stdout, stderr } = await (endless
    ? outputUntil(argv, says)
    : site()
        .cli()
        .run(...argv))
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toMatch(says)
  expect(stdout).toMatch(/\n$/)
  expect(stdout).not.toMatch(/undefined|NaN|\[object/)
  expect(stdout).not.toContain(site().workspace.password)
})
