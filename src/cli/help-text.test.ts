import { expect, test } from 'vitest'
import { tryCli } from './testing/try-cli.ts'

/** The texts are compared as a whole: they are what a person sees. `vitest -u` writes them anew after a change. */
test.for([
  ['program', ['--help']],
  ['node', ['node', '--help']],
  ['node-list', ['node', 'list', '--help']],
  ['node-update', ['node', 'update', '-h']],
  ['bmc-import', ['bmc', 'import', '--help']],
  ['credential-set', ['help', 'credential', 'set']],
  ['group-add-members', ['group', 'add-members', '--help']],
  ['runtime-configuration-create', ['runtime-configuration', 'create', '--help']],
  ['session-create', ['session', 'create', '--help']],
  ['session-watch', ['session', 'watch', '--help']],
] as const)('help of %s', async ([name, argv]) => {
  const { code, stdout, stderr } = await tryCli(argv)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  await expect(stdout).toMatchFileSnapshot(`golden/help-${name}.txt`)
})

test('all ways to ask for help show the same', async () => {
  const { stdout } = await tryCli(['help', 'session', 'create'])
  for (const argv of [
    ['session', 'create', '--help'],
    ['session', 'create', 'compute', '--nodes', 'a', '-h'],
    ['-h', 'session', 'create'],
  ]) {
    expect(await tryCli(argv)).toEqual({ code: 0, stdout, stderr: '' })
  }
})

test('no line of a help text is wider than 100 characters, unless it is an example', async () => {
  const { nouns } = await import('../gen/cli/nouns.ts')
  for (const { noun, verbs } of nouns) {
    for (const { verb } of verbs) {
      const { stdout } = await tryCli([noun, verb, '--help'])
      const [described = ''] = stdout.split('Examples:')
      expect(described.split('\n').filter((line) => line.length > 100)).toEqual([])
    }
  }
})
