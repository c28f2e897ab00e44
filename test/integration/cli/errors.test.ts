import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { furnish } from '../../support/processes/furnish.ts'
import { until } from '../../support/processes/until.ts'
import { useSite } from '../../support/processes/use-site.ts'

/** What admins really type, and what they have to read: the text and the exit code. */
interface Row {
  readonly typed: readonly string[]
  readonly says: readonly RegExp[]
  readonly exitCode: number
  /** A file that the command reads. */
  readonly file?: readonly [name: string, text: string]
}

const kernel = ['--kernel', 'http://files.example/vmlinuz']

const rows: Readonly<Record<string, Row>> = {
  'the xname of a BMC where a node is meant': {
    typed: ['node', 'get', 'x1000c0s0b0'],
    says: [/x1000c0s0b0 is a BMC \(NodeBMC\)/, /its nodes are x1000c0s0b0n0/, /bmc get x1000c0s0b0/],
    exitCode: 2,
  },
  'an xname that cannot be': {
    typed: ['node', 'get', 'x1000c9s0b0n0'],
    says: [/chassis 9 is out of range 0–7|chassis 9 is out of range 0-7/],
    exitCode: 2,
  },
  'a range whose padding differs': {
    typed: ['group', 'create', 'wrong', '--nodes', 'n[9-010]'],
    says: [/padding/, /position 3/],
    exitCode: 2,
  },
  'a group that does not exist': {
    typed: ['group', 'create', 'wrong', '--nodes', '@compte'],
    says: [/no group @compte/, /did you mean @compute\?/],
    exitCode: 3,
  },
  'a nodeset that is too large': {
    typed: ['group', 'create', 'wrong', '--nodes', 'n[1-10000000]'],
    says: [/at most \d+/, /nothing was expanded/],
    exitCode: 2,
  },
  'a MAC address that is in use': {
    typed: ['node', 'create', 'x1000c6s0b0n0', '--mac', '02:00:00:00:00:01'],
    says: [/02:00:00:00:00:01 is in use by x1000c5s0b0n0/, /interface/, /since revision \d+/],
    exitCode: 6,
  },
  'NID 0': {
    typed: ['node', 'create', 'x1000c6s0b0n0', '--nid', '0'],
    says: [/positive and unique/],
    exitCode: 2,
  },
  'a NID that is taken': {
    typed: ['node', 'create', 'x1000c6s0b0n0', '--nid', '1'],
    says: [/NID 1 is taken by x1000c5s0b0n0/],
    exitCode: 6,
  },
  'a session on an empty group': {
    typed: ['session', 'create', 'compute', '--group-name', 'empty'],
    says: [/0 targets/, /nothing was started/],
    exitCode: 6,
  },
  'a template that names a missing configuration': {
    typed: ['template', 'create', 'wrong', '--boot-configuration', 'compue'],
    says: [/boot_configuration/, /compue/, /trivet boot-configuration list/],
    exitCode: 6,
  },
  'a kernel URL without scheme': {
    typed: ['boot-configuration', 'create', 'wrong', '--kernel', 'files.example/vmlinuz'],
    says: [/kernel/, /offset 0/, /scheme/],
    exitCode: 2,
  },
  'a parameter with a newline': {
    typed: ['boot-configuration', 'create', 'wrong', ...kernel, '--parameters', 'quiet\nroot=/dev/sda'],
    says: [/parameters/, /offset 5/, /line break/],
    exitCode: 2,
  },
  'an import with a duplicate xname': {
    typed: ['bmc', 'import', 'twice.yaml'],
    file: [
      'twice.yaml',
      'bmcs:\n  - xname: x1000c6s0b0\n    address: 10.1.0.1\n  - xname: x1000c6s0b0\n    address: 10.1.0.2\n',
    ],
    says: [/twice\.yaml:4:/, /0 of 2 imported/, /x1000c6s0b0/],
    exitCode: 2,
  },
  'an import with a tab': {
    typed: ['bmc', 'import', 'tab.yaml'],
    file: ['tab.yaml', 'bmcs:\n\t- xname: x1000c6s0b0\n'],
    says: [/tab\.yaml:2:1/, /tab/i],
    exitCode: 2,
  },
  'an import with an unknown key': {
    typed: ['bmc', 'import', 'key.yaml'],
    file: ['key.yaml', 'bmcs:\n  - xname: x1000c6s0b0\n    adress: 10.1.0.1\n'],
    says: [/key\.yaml:3:5/, /adress/],
    exitCode: 2,
  },
  'a BMC address that is a URL': {
    typed: ['bmc', 'create', 'x1000c6s0b0', '--address', 'https://bmc1/redfish/v1'],
    says: [/host\[:port\]/, /bmc1/],
    exitCode: 2,
  },
  'a stale etag': {
    typed: ['node', 'update', 'x1000c5s0b0n0', '--hostname', 'late', '--etag', 'old-1'],
    says: [/has changed since you read it/, /old-1/],
    exitCode: 6,
  },
  'a session over nodes that another one has': {
    typed: ['session', 'create', 'compute', '--group-name', 'compute'],
    says: [/overlaps session ses-\w+ on x1000c0s0b0n0/, /cancel/],
    exitCode: 6,
  },
}

describe('errors that admins really meet', () => {
  const site = useSite({ purpose: 'errors', room: { nodes: 1, args: ['--speed', '0.2'] } }, async (made) => {
    await furnish(made)
    const cli = made.cli()
    await cli.must('node', 'create', 'x1000c5s0b0n0', '--nid', '1', '--mac', '02:00:00:00:00:01')
    await cli.must('group', 'create', 'empty')
    // One that is at work for as long as the tests need.
    await cli.must('session', 'create', 'compute', '--group-name', 'compute')
  })

  test.each(Object.entries(rows))('%s: what is read, and nothing remains', async (_name, row) => {
    const cli = site().cli()
    if (row.file !== undefined) await writeFile(join(site().workspace.path, row.file[0]), row.file[1])
    const { exitCode, stdout, stderr } = await cli.run(...row.typed)
    for (const text of row.says) expect(stderr).toMatch(text)
    expect({ exitCode, stdout }).toEqual({ exitCode: row.exitCode, stdout: '' })
    const { nodes } = await cli.json<{ nodes: readonly { xname: string; hostname?: string }[] }>('node', 'list')
    expect(nodes.map(({ xname }) => xname)).toEqual(['x1000c0s0b0n0', 'x1000c5s0b0n0'])
    const { bmcs } = await cli.json<{ bmcs: readonly { xname: string }[] }>('bmc', 'list')
    expect(bmcs.map(({ xname }) => xname)).toEqual(['x1000c0s0b0'])
    const { groups } = await cli.json<{ groups: readonly { name: string }[] }>('group', 'list')
    expect(groups.map(({ name }) => name)).toEqual(['compute', 'empty'])
  })

  test('a wrong BMC password: the address, two tries and no more, and what to do', async () => {
    const cli = site().cli()
    await writeFile(join(site().workspace.path, 'wrong.txt'), 'wrong\n')
    await cli.must('credential', 'set', '*', '--username', 'root', '--password-file', 'wrong.txt')
    const { exitCode, stderr } = await cli.run('discovery', 'start', '--wait')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/BMC 127\.77\.1\.1:\d+ answered 401/)
    expect(stderr).toMatch(/stopped after 2 tries.*credential set/)
    await until(
      'the refused logins stand in the ledger',
      async () => {
        const refused = await site().room.ledger(['login_refused'])
        expect(refused.length).toBeLessThanOrEqual(2)
        return refused.length > 0 ? true : undefined
      },
      { timeoutMs: 5_000 },
    )
  })
})
