import type { OptionShapes, ParsedArguments } from './command-options.ts'
import { imageCommands } from './image-commands.ts'
import type { CommandResult, Machine } from './machine.ts'
import { failed, succeeded } from './machine.ts'
import { parseInteger } from './setting-types.ts'
import { ScriptError } from './script-error.ts'

/** A command of iPXE. A malformed call throws ScriptError, which ends the boot; a failure is a result. */
export interface Command {
  readonly options: OptionShapes
  /** Fewest and most operands. */
  readonly operands: readonly [number, number]
  run(machine: Machine, call: ParsedArguments): CommandResult | Promise<CommandResult>
}

const any = Number.POSITIVE_INFINITY

/** The bit of `cpuid --ext` that says whether the processor knows 64-bit mode. */
const longModeBit = 29

/** The one network interface of a node, by the names under which iPXE knows it. */
const interfaceNames: ReadonlySet<string> = new Set(['net0', 'netX'])

/**
 * Every command that the room's iPXE knows: what boot scripts use. Interactive ones (menus, shell, login) are absent,
 * because a node has nobody in front of it.
 */
export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ...imageCommands,
  [
    'echo',
    {
      options: { n: { short: 'n', takesValue: false } },
      operands: [0, any],
      run: (machine, { operands }) => {
        machine.port.print(operands.join(' '))
        return succeeded
      },
    },
  ],
  [
    'set',
    {
      options: {},
      operands: [1, any],
      run: (machine, { operands: [name, ...value] }) => {
        machine.settings.set(name!, value.join(' '))
        return succeeded
      },
    },
  ],
  [
    'clear',
    {
      options: {},
      operands: [1, 1],
      run: (machine, { operands: [name] }) => {
        machine.settings.clear(name!)
        return succeeded
      },
    },
  ],
  [
    'inc',
    {
      options: {},
      operands: [1, 2],
      run: (machine, { operands: [name, by] }) => {
        machine.settings.increment(name!, by === undefined ? 1 : integer(by))
        return succeeded
      },
    },
  ],
  [
    'isset',
    { options: {}, operands: [1, 1], run: (_, { operands: [value] }) => (value === '' ? failed('') : succeeded) },
  ],
  ['iseq', { options: {}, operands: [2, 2], run: (_, { operands: [a, b] }) => (a === b ? succeeded : failed('')) }],
  [
    'sleep',
    {
      options: {},
      operands: [1, 1],
      run: async (machine, { operands: [seconds] }) => {
        await machine.port.sleep(integer(seconds!) * 1_000)
        return succeeded
      },
    },
  ],
  ['goto', { options: {}, operands: [1, 1], run: (_, { operands: [label] }) => ({ kind: 'goto', label: label! }) }],
  [
    'exit',
    {
      options: {},
      operands: [0, 1],
      run: (_, { operands: [status] }) => ({ kind: 'exit', ok: status === undefined || integer(status) === 0 }),
    },
  ],
  [
    'reboot',
    {
      options: { warm: { short: 'w', takesValue: false } },
      operands: [0, 0],
      run: () => ({ kind: 'end', end: { kind: 'rebooted' } }),
    },
  ],
  [
    'cpuid',
    {
      options: { ext: { short: 'e', takesValue: false }, ecx: { short: 'c', takesValue: false } },
      operands: [1, 1],
      run: (_, { options, operands: [bit] }) => {
        const isLongMode = options.has('ext') && !options.has('ecx') && integer(bit!) === longModeBit
        return isLongMode ? succeeded : failed('')
      },
    },
  ],
  [
    'prompt',
    {
      options: { key: { short: 'k', takesValue: true }, timeout: { short: 't', takesValue: true } },
      operands: [0, any],
      run: async (machine, { options, operands }) => {
        const timeout = options.get('timeout')
        if (timeout === undefined) throw new ScriptError('prompt without --timeout waits for a person for ever')
        machine.port.print(operands.join(' '))
        await machine.port.sleep(integer(timeout))
        return failed('nobody pressed a key')
      },
    },
  ],
  ...['dhcp', 'ifopen', 'ifconf'].map((name): [string, Command] => [
    name,
    {
      options: {},
      operands: [0, any],
      run: (_, { operands }) => {
        const missing = operands.find((operand) => !interfaceNames.has(operand))
        return missing === undefined ? succeeded : failed(`"${missing}": no such network device`)
      },
    },
  ]),
])

function integer(text: string): number {
  const value = parseInteger(text)
  if (value === undefined) throw new ScriptError(`"${text}" is no number`)
  return value
}
