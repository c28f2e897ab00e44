import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { TargetStep, SessionService } from '../../../src/gen/trivet/session/v1/session_pb.ts'
import { furnish } from '../../support/processes/furnish.ts'
import { startSession } from '../../support/processes/sessions.ts'
import type { Site } from '../../support/processes/site.ts'
import { until } from '../../support/processes/until.ts'
import { useSite } from '../../support/processes/use-site.ts'

/** A mistake as somebody makes it, and what they read then. */
interface Mistake {
  readonly typed: readonly string[]
  readonly exit: number
  /** Lines of stderr; what nobody can know before is written as `ses-*` and `revision N`. */
  readonly says: readonly string[]
}

const site = useSite(
  // The nodes never come past their firmware: what a session has begun stays as it is.
  { purpose: 'errors', room: { nodes: 2, args: ['--speed', '20', '--firmware-delay-ms', '100000000-100000000'] } },
  async (made) => {
    await furnish(made)
    const cli = made.cli()
    await cli.must('group', 'create', 'empty')
    await cli.must('node', 'update', 'x1000c0s0b0n0', '--nid', '7')
    await cli.must('node', 'create', 'x1000c7s0b0n0', '--mac', '02:00:00:00:07:00')
    const lines = Array.from({ length: 40 }, (_, at) => `  - xname: x1000c1s${at}b0\n    address: 10.1.1.${at + 1}\n`)
    const file = (name: string, ...last: readonly string[]) =>
      writeFile(join(made.workspace.path, name), `bmcs:\n${[...lines.slice(0, 39), ...last].join('')}`)
    await file('doubled.yaml', '  - xname: x1000c1s5b0\n    address: 10.1.1.99\n')
    await file('tab.yaml', '  - xname: x1000c1s39b0\n\taddress: 10.1.1.40\n')
    await file('quote.yaml', '  - xname: "x1000c1s39b0\n    address: 10.1.1.40\n')
    await file('indent.yaml', '  - xname: x1000c1s39b0\n      address: 10.1.1.40\n')
    await file('key.yaml', '  - xname: x1000c1s39b0\n    adress: 10.1.1.40\n')
    await file('url.yaml', '  - xname: x1000c1s39b0\n    address: https://h/redfish/v1\n')
    await writeFile(join(made.workspace.path, 'wrong.txt'), 'not the password\n')
  },
)

/** Everything that is kept, in one number: it is the same only when nothing was written. */
async function kept(of: Site): Promise<string> {
  const { revision, stateHash } = await of.statusOf(of.peers[0]!)
  return `${revision} ${stateHash}`
}

async function expectRefused({ typed, exit, says }: Mistake): Promise<void> {
  const before = await kept(site())
  const { exitCode, stdout, stderr } = await site()
    .cli()
    .run(...typed)
  const unknowable = stderr.replaceAll(/\b(ses|if)-[0-9a-z]{26}\b/g, '$1-*').replaceAll(/revision \d+/g, 'revision N')
  const lines = unknowable.split('\n')
  expect(lines).toEqual(expect.arrayContaining([...says]))
  expect({ exitCode, stdout }).toEqual({ exitCode: exit, stdout: '' })
  expect(await kept(site())).toBe(before)
}

/** Each under the line that was typed. */
function titled(mistakes: readonly Mistake[]): readonly (readonly [string, Mistake])[] {
  return mistakes.map((mistake) => [mistake.typed.map((word) => JSON.stringify(word).slice(1, -1)).join(' '), mistake])
}

/** Names of nodes, places and numbers that cannot be. */
const names: readonly Mistake[] = [
  {
    typed: ['node', 'get', 'x1000c0s0b0'],
    exit: 2,
    says: [
      'error: x1000c0s0b0 is a BMC (NodeBMC), not a node; its nodes are x1000c0s0b0n0',
      'try: `trivet bmc get x1000c0s0b0`',
    ],
  },
  {
    typed: ['node', 'get', 'x1000c9s0b0n0'],
    exit: 2,
    says: ['error: "x1000c9s0b0n0" is not an xname: chassis 9 is out of range 0–7'],
  },
  {
    typed: ['node', 'create', 'x1000c9s0b0n0'],
    exit: 2,
    says: ['error: "x1000c9s0b0n0" is not an xname: chassis 9 is out of range 0–7'],
  },
  {
    typed: ['node', 'list', '--nodes', 'n[9-010]'],
    exit: 2,
    says: [
      'error: nodeset "n[9-010]" is not valid at position 3: the padding of 9-010 differs; write 009-010 or 9-10',
      '  --nodes: the padding of 9-010 differs; write 009-010 or 9-10',
    ],
  },
  {
    typed: ['node', 'list', '--nodes', '@compte'],
    exit: 3,
    says: ['error: there is no group @compte; did you mean @compute?', 'try: `trivet group list` shows them all'],
  },
  {
    typed: ['session', 'create', 'compute', '--nodes', '@compte'],
    exit: 3,
    says: ['error: there is no group @compte; did you mean @compute?'],
  },
  {
    typed: ['group', 'add-members', 'empty', 'n[1-10000000]'],
    exit: 2,
    says: [
      'error: nodeset "n[1-10000000]" stands for 10000000 names; at most 200000 are taken; nothing was expanded',
      'try: name fewer nodes, or a group',
    ],
  },
  {
    typed: ['node', 'create', 'x1000c5s0b0n0', '--mac', '02-00-00-00-07-00'],
    exit: 6,
    says: ['error: MAC address 02:00:00:00:07:00 is in use by x1000c7s0b0n0, interface if-*, since revision N'],
  },
  {
    typed: ['node', 'create', 'x1000c5s0b0n0', '--nid', '0'],
    exit: 2,
    says: ['error: NID 0 is not a NID: NIDs are positive and unique'],
  },
  {
    typed: ['node', 'update', 'x1000c0s0b0n0', '--nid', '0'],
    exit: 2,
    says: [
      'error: NID 0 is not a NID: NIDs are positive and unique',
      "try: leave it out for a node without NID; `trivet node update NODE --nid ''` takes one away",
    ],
  },
  {
    typed: ['node', 'create', 'x1000c5s0b0n0', '--nid', '7'],
    exit: 6,
    says: [
      'error: NID 7 is taken by x1000c0s0b0n0, since revision N',
      'try: NIDs are positive and unique; choose another',
    ],
  },
]

/** What cannot be booted. */
const boots: readonly Mistake[] = [
  {
    typed: ['session', 'create', 'compute', '--group-name', 'empty'],
    exit: 6,
    says: [
      'error: 0 targets: group empty has no members; nothing was started',
      'try: `trivet group get GROUP` shows the members of a group',
    ],
  },
  {
    typed: ['template', 'create', 'new', '--boot-configuration', 'compte'],
    exit: 6,
    says: [
      'error: field boot_configuration names compte, and there is no such boot configuration; did you mean compute?',
      '  --boot-configuration: there is no boot configuration compte',
      'try: `trivet boot-configuration list` shows them all',
    ],
  },
  {
    typed: ['template', 'create', 'new', '--boot-configuration', 'compute', '--runtime-configuration', 'rc-1'],
    exit: 6,
    says: [
      'error: field runtime_configuration names rc-1, and there is no such runtime configuration',
      'try: `trivet runtime-configuration list` shows them all',
    ],
  },
  {
    typed: ['boot-configuration', 'create', 'new', '--kernel', 'files.example/vmlinuz'],
    exit: 2,
    says: [
      'error: kernel: files.example/vmlinuz cannot be used, at offset 0: it needs a scheme, http:// or https://',
      '  --kernel: at offset 0: it needs a scheme, http:// or https://',
    ],
  },
  {
    typed: ['boot-configuration', 'update', 'compute', '--parameters', 'quiet\nroot=/dev/sda'],
    exit: 2,
    says: [
      'error: kernel parameters cannot be used, at offset 5: a line break; parameters are one line',
      '  --parameters: at offset 5: a line break; parameters are one line',
    ],
  },
]

/** Files and addresses of BMCs. */
const imports: readonly Mistake[] = [
  {
    typed: ['bmc', 'import', 'doubled.yaml'],
    exit: 2,
    says: [
      'error: 0 of 40 imported: bmcs[39]: xname x1000c1s5b0 stands in bmcs[5] already',
      '  doubled.yaml:80:12: xname x1000c1s5b0 stands in bmcs[5] already',
    ],
  },
  {
    typed: ['bmc', 'import', 'tab.yaml'],
    exit: 2,
    says: ['error: 0 of 40 imported: tab.yaml has a mistake', '  tab.yaml:81:1: a tab cannot indent YAML; use spaces'],
  },
  {
    typed: ['bmc', 'import', 'quote.yaml'],
    exit: 2,
    says: [
      'error: 0 of 40 imported: quote.yaml has a mistake',
      '  quote.yaml:82:1: a quote was opened above and is never closed; close it',
      'try: correct the lines named; nothing of the file was kept',
    ],
  },
  {
    typed: ['bmc', 'import', 'indent.yaml'],
    exit: 2,
    says: [
      'error: 0 of 40 imported: indent.yaml has a mistake',
      '  indent.yaml:80:12: a second "key: value" begins inside a value; quote the value, or indent the next line like this key',
    ],
  },
  {
    typed: ['bmc', 'import', 'key.yaml'],
    exit: 2,
    says: [
      'error: 0 of 40 imported: key.yaml has a mistake',
      '  key.yaml:81:5: there is no key "adress" here; did you mean address?',
    ],
  },
  {
    typed: ['bmc', 'import', 'url.yaml'],
    exit: 2,
    says: [
      '  url.yaml:81:14: https://h/redfish/v1 is no BMC address: it is a URL; give host[:port] only, for example h',
      'try: correct the lines named; nothing of the file was kept',
    ],
  },
  {
    typed: ['bmc', 'create', 'x1000c5s0b0', '--address', 'https://h/redfish/v1'],
    exit: 2,
    says: ['error: https://h/redfish/v1 is no BMC address: it is a URL', 'try: give host[:port] only, for example h'],
  },
]

test.for(titled([...names, ...boots, ...imports]))('trivet %s', ([, mistake]) => expectRefused(mistake))

test('a stale etag is refused, and what somebody else wrote stays', async () => {
  const cli = site().cli()
  const { group } = await cli.json<{ group: { etag: string } }>('group', 'get', 'empty')
  await cli.must('group', 'update', 'empty', '--description', 'theirs')
  await expectRefused({
    typed: ['group', 'update', 'empty', '--description', 'ours', '--etag', group.etag],
    exit: 6,
    says: ['try: read it again, look at what changed, and repeat the change', 'code: ETAG_MISMATCH'],
  })
})

test('a request id is for one request: the same again is answered as before, another one refused', async () => {
  const cli = site().cli()
  const requestId = '01890a5d-ac96-774b-bcce-b302099a8057'
  const first = await cli.must('group', 'create', 'once', '--request-id', requestId)
  expect(await cli.must('group', 'create', 'once', '--request-id', requestId)).toBe(first)
  await expectRefused({
    typed: ['group', 'create', 'twice', '--request-id', requestId],
    exit: 6,
    says: [`error: request id ${requestId} was used for another request`, 'code: REQUEST_ID_REUSED'],
  })
})

test('-o json shows a mistake as one object on stderr', async () => {
  const { exitCode, stdout, stderr } = await site().cli().run('node', 'get', 'nid:99', '-o', 'json')
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' })
  expect(JSON.parse(stderr)).toMatchObject({ code: 'NODE_NOT_FOUND', message: 'there is no node nid:99' })
})

describe('while a session is open', () => {
  let session = ''

  beforeEach(async () => {
    if (session !== '') return
    session = await startSession(site())
    await until(
      'its nodes are on, and nothing more will happen',
      async () => {
        const { targets } = await site().client(SessionService).getSession({ session })
        return targets.every(({ step }) => step === TargetStep.ON_SEEN) ? true : undefined
      },
      { timeoutMs: 60_000 },
    )
  })

  const mistakes: readonly Mistake[] = [
    {
      typed: ['session', 'create', 'compute', '--nodes', 'x1000c0s[0-1]b0n0'],
      exit: 6,
      says: [
        'error: the session overlaps session ses-* on x1000c0s[0-1]b0n0; nothing was started',
        'try: wait for it, or cancel it: trivet session cancel ses-*',
      ],
    },
    {
      typed: ['node', 'delete', 'x1000c0s0b0n0'],
      exit: 6,
      says: ['error: x1000c0s0b0n0 is a target of session ses-*, which has not ended'],
    },
    {
      typed: ['group', 'delete', 'compute'],
      exit: 6,
      says: ['error: group compute is targeted by session ses-*, which has not ended'],
    },
  ]
  test.for(titled(mistakes))('trivet %s', ([, mistake]) => expectRefused(mistake))
})

describe('a BMC', () => {
  test('that refuses the password is left alone after two tries, so that it does not lock', async () => {
    const cli = site().cli()
    await cli.must('credential', 'set', 'x1000c0s0b0', '--username', 'root', '--password-file', 'wrong.txt')
    const before = (await site().room.counters())['x1000c0s0b0']!.unauthorized
    const { exitCode, stderr } = await cli.run('discovery', 'start', '--bmcs', 'x1000c0s0b0', '--wait')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /^error: discovery disc-\w+ is failed: x1000c0s0b0: BMC 127\.\S+ answered 401 to the credential of root; stopped after 2 tries so that the BMC does not lock the account; `trivet credential set` with the right user name and password/,
    )
    expect((await site().room.counters())['x1000c0s0b0']!.unauthorized - before).toBeLessThanOrEqual(2)
    await cli.must('credential', 'delete', 'x1000c0s0b0')
  })

  test.for([
    ['HTML', { kind: 'status', status: 200, body: '<html>Welcome</html>' }],
    ['an empty object', { kind: 'status', status: 200, body: '{}' }],
    ['half an answer', { kind: 'truncate', bytes: 20 }],
  ] as const)('that answers %s is named, and what was known of it stays', async ([, action]) => {
    const cli = site().cli()
    const known = await cli.must('node', 'get', 'x1000c0s1b0n0')
    await site().room.strike({ bmc: 'x1000c0s1b0', method: 'GET', action })
    const { exitCode, stderr } = await cli.run('discovery', 'start', '--bmcs', 'x1000c0s1b0', '--wait')
    await site().room.calm()
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^error: discovery disc-\w+ is failed: x1000c0s1b0: BMC 127\.\S+ /)
    expect(await cli.must('node', 'get', 'x1000c0s1b0n0')).toBe(known)
  })
})
