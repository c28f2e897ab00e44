import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { getOption, hasOption, type DescMethod, type DescService } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { nouns } from '../gen/cli/nouns.ts'
import { services } from '../gen/cli/services.ts'
import { field as fieldOption, method as methodOption } from '../gen/trivet/options/v1/options_pb.ts'
import { programFlagNames } from './program-flags.ts'
import { commandExamples } from './examples.ts'
import { flagNames } from './flag-name.ts'
import { flagValue } from './flag-value.ts'
import { parseCommand } from './parse-command.ts'
import { runSettings } from './run-settings.ts'
import { splitCommandLine } from './command-line.ts'
import { commandOf } from './testing/tables.ts'

const commands = (await Promise.all(nouns.map(({ load }) => load()))).flatMap((noun) => noun.commands)

/** Packages of the protocol between peers, which nobody calls by hand. */
const internal = /^trivet\.(?:peer|raft)\./

/** Every service whose methods say who may call them: the public API, found in the generated code itself. */
async function publicServices(): Promise<DescService[]> {
  const root = join(import.meta.dirname, '../gen/trivet')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('_pb.ts'))
  const modules = await Promise.all(files.map(async (file) => (await import(join(root, file))) as object))
  return modules
    .flatMap((module) => Object.values(module) as { readonly kind?: string }[])
    .filter((value): value is DescService => value?.kind === 'service')
    .filter((service) => !internal.test(service.typeName))
    .filter((service) => service.methods.some((method) => hasOption(method, methodOption)))
}

const publicMethods = (await publicServices()).flatMap((service) => service.methods)

function commandFor(method: DescMethod) {
  return commands.find((command) => command.service === method.parent.typeName && command.method === method.name)
}

test('every method of the API has a command, and every command a method', () => {
  expect(publicMethods.length).toBeGreaterThan(40)
  expect(publicMethods.filter((method) => commandFor(method) === undefined).map(String)).toEqual([])
  expect(commands).toHaveLength(publicMethods.length)
  expect(Object.keys(services).toSorted()).toEqual([...new Set(commands.map(({ service }) => service))].toSorted())
})

test('noun, verb and arguments are those of the method options', () => {
  for (const method of publicMethods) {
    const { cli } = getOption(method, methodOption)
    const command = commandFor(method)!
    expect([command.noun, command.verb]).toEqual([cli?.noun, cli?.verb])
    expect(command.arguments.map(({ path }) => path)).toEqual(cli?.arguments)
  }
})

test('every command, flag and value has a help text that is a sentence', () => {
  for (const { noun, verb, summary, arguments: placed, flags } of commands) {
    const texts = [
      summary,
      ...[...placed, ...flags].flatMap(({ help, values = [] }) => [help, ...values.map((value) => value.help)]),
    ]
    for (const text of texts) expect(text, `${noun} ${verb}`).toMatch(/^[A-Z`][\s\S]*[.?!]$/)
  }
})

test('every field of every request is reachable, except those that the engine fills in', () => {
  const own = new Set(['page_size', 'page_token', 'write', 'update_mask'])
  for (const method of publicMethods) {
    const command = commandFor(method)!
    const paths = [...command.arguments, ...command.flags].map(({ path }) => path)
    const names = method.input.fields.map(({ name }) => name).filter((name) => !own.has(name))
    expect(paths.toSorted(), command.method).toEqual(names.toSorted())
  }
})

test('no secret can stand on a command line, and no answer has one', () => {
  for (const method of publicMethods) {
    const secrets = method.input.fields.filter((field) => getOption(field, fieldOption).secret).map(({ name }) => name)
    const command = commandFor(method)!
    for (const name of secrets) {
      expect(command.flags.find(({ path }) => path === name)?.source).toBe('secret')
      expect(JSON.stringify(command.answer)).not.toContain(name)
      expect(
        method.output.fields.flatMap((field) => field.message?.fields ?? []).map((field) => field.name),
      ).not.toContain(name)
    }
  }
  expect(commands.flatMap(({ flags }) => flags).filter(({ source }) => source === 'secret')).not.toEqual([])
})

test('no two flags of a command have one name', () => {
  for (const { flags } of commands) {
    const names = [...flags.flatMap(flagNames), ...programFlagNames]
    expect(names.length).toBe(new Set(names).size)
  }
})

test('every documented example is a command line that the command takes', async () => {
  const examples = await commandExamples()
  expect(new Set(examples.map(({ noun, verb }) => `${noun} ${verb}`)).size).toBe(commands.length)
  for (const { argv, noun, verb, line } of examples) {
    const split = splitCommandLine(argv)
    expect([split.noun, split.verb], line).toEqual([noun, verb])
    const table = await commandOf(noun, verb)
    const parsed = parseCommand(table, split.rest)
    expect(() => runSettings(table, parsed, {})).not.toThrow()
    const missing = table.flags.filter(({ path, required }) => required === true && !parsed.fields.has(path))
    expect(missing, line).toEqual([])
    for (const field of [...table.arguments, ...table.flags]) {
      const texts = field.source === undefined ? parsed.fields.get(field.path) : undefined
      // An empty value clears a field that an update may name.
      const clears = field.masked === true && texts?.join() === ''
      if (texts !== undefined) expect(flagValue(field, texts) === undefined, line).toBe(clears)
    }
  }
})

test('an example is split as a shell does it', async () => {
  const lines = new Map((await commandExamples()).map(({ line, argv }) => [line, argv]))
  expect(lines.get("credential set '*' --username root --password-file password.txt")).toEqual([
    'credential',
    'set',
    '*',
    '--username',
    'root',
    '--password-file',
    'password.txt',
  ])
})
