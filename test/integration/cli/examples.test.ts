import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CommandExample } from '../../../src/cli/examples.ts'
import { commandExamples } from '../../../src/cli/examples.ts'
import { furnish } from '../../support/processes/furnish.ts'
import type { Site } from '../../support/processes/site.ts'
import { useSite } from '../../support/processes/use-site.ts'

const examples = await commandExamples()

/** What has to be done right before an example, so that it means something. */
const before: Readonly<Record<string, readonly string[]>> = {
  'group create compute --nodes x1000c0s[0-1]b0n0': ['group', 'delete', 'compute'],
  'session create compute --nodes x1000c0s0b0n0 --operation reboot': [
    'session',
    'watch',
    'ses-00000000000000000000000000',
  ],
}

/** Commands that make what the examples speak of, beside what a furnished site has. */
const fixtures: readonly (readonly string[])[] = [
  ['node', 'update', 'x1000c0s0b0n0', '--nid', '1'],
  ['node', 'create', 'x1000c5s0b0n0', '--mac', '02:00:00:00:00:01'],
  ['node', 'create', 'x1000c7s1b0n0'],
  ['bmc', 'create', 'x1000c7s1b0', '--address', '10.1.0.71'],
  ['group', 'create', 'old'],
  ['boot-configuration', 'create', 'old', '--kernel', 'http://files.example/vmlinuz'],
  ['runtime-configuration', 'create', 'old'],
  ['template', 'create', 'old', '--boot-configuration', 'compute'],
  ['credential', 'set', 'x1000c7s0b0', '--username', 'root', '--password-file', 'password.txt'],
]

/** Follows the state for as long as it is let: a time-out is how such an example ends here. */
const endless = new Set(['change watch'])

describe('every documented example', () => {
  const site = useSite({ purpose: 'examples', room: { nodes: 2, args: ['--speed', '20'] } }, async (made) => {
    await furnish(made)
    await writeFile(join(made.workspace.path, 'bmcs.yaml'), 'bmcs:\n  - xname: x1000c6s0b0\n    address: 10.1.0.60\n')
    for (const fixture of fixtures) await made.cli().must(...fixture)
  })

  test.each(examples)('trivet $line', async (example) => {
    const cli = site().cli()
    const first = before[example.line]
    if (first !== undefined) await cli.must(...(await withRealIds(site(), first)))
    const argv = await withRealIds(site(), example.argv)
    const { exitCode, stdout, stderr } = await cli.run(
      ...argv,
      ...(endless.has(example.line) ? ['--timeout', '1s'] : []),
    )
    expect({ exitCode, stderr }).toEqual(
      endless.has(example.line) ? { exitCode: 7, stderr: expect.any(String) } : { exitCode: 0, stderr: '' },
    )
    if (!endless.has(example.line)) expect(stdout).not.toBe('')
  })
})

/** Ids in examples stand for any: the newest of its kind takes their place. */
async function withRealIds(site: Site, argv: CommandExample['argv']): Promise<readonly string[]> {
  const placeholder = argv.find((word) => /^[a-z]+-0{26}$/.test(word))
  if (placeholder === undefined) return argv
  const [prefix] = placeholder.split('-')
  const [noun, field] = {
    ses: ['session', 'sessions'],
    disc: ['discovery', 'discoveries'],
    trn: ['transition', 'transitions'],
  }[prefix!]!
  const list = await site.cli().json<Record<string, readonly { id: string }[]>>(noun!, 'list')
  return argv.map((word) => (word === placeholder ? list[field!]![0]!.id : word))
}
