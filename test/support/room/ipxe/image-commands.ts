import type { OptionShapes, ParsedArguments } from './command-options.ts'
import type { Command } from './commands.ts'
import type { Image } from './image.ts'
import { probeImage } from './image.ts'
import type { CommandResult, FetchUse, Machine } from './machine.ts'
import { failed, succeeded } from './machine.ts'
import { parseInteger } from './setting-types.ts'
import { formatUri, parseUri, resolveUri } from './uri.ts'
import { ScriptError } from './script-error.ts'

const fetchOptions: OptionShapes = {
  name: { short: 'n', takesValue: true },
  timeout: { short: 't', takesValue: true },
  autofree: { short: 'a', takesValue: false },
}

const startOptions: OptionShapes = { ...fetchOptions, replace: { short: 'r', takesValue: false } }

const any = Number.POSITIVE_INFINITY

const fetchKernel: Command = {
  options: fetchOptions,
  operands: [1, any],
  run: async (machine, call) => {
    const found = await acquire(machine, call, 'kernel')
    if ('failure' in found) return found.failure
    if (found.image.kind === 'data') {
      remove(machine, found.image)
      return failed(`Could not select ${found.image.name}: Exec format error`)
    }
    machine.selected = found.image
    return succeeded
  },
}

const fetchInitrd: Command = {
  options: fetchOptions,
  operands: [1, any],
  run: async (machine, call) => {
    const found = await acquire(machine, call, 'initrd')
    return 'failure' in found ? found.failure : succeeded
  },
}

const start: Command = {
  options: startOptions,
  operands: [0, any],
  run: async (machine, call) => {
    const found = await acquire(machine, call, 'chain')
    if ('failure' in found) return found.failure
    const { image } = found
    if (call.options.has('replace')) return { kind: 'exit', ok: true, replacement: image }
    const result = await machine.execute(image)
    if (call.options.has('autofree')) remove(machine, image)
    return result
  },
}

/** Commands over images, after src/hci/commands/image_cmd.c of iPXE 1.21.1. */
export const imageCommands: readonly (readonly [string, Command])[] = [
  ['kernel', fetchKernel],
  ['imgselect', fetchKernel],
  ['initrd', fetchInitrd],
  ['imgfetch', fetchInitrd],
  ['module', fetchInitrd],
  ['chain', start],
  ['imgexec', start],
  ['boot', start],
  [
    'imgargs',
    {
      options: {},
      operands: [1, any],
      run: (machine, { operands: [name, ...args] }) => {
        const image = byName(machine, name!)
        if (image === undefined) return failed(`"${name!}": no such image`)
        image.commandLine = args.join(' ')
        return succeeded
      },
    },
  ],
  [
    'imgfree',
    {
      options: {},
      operands: [0, 1],
      run: (machine, { operands: [name] }) => {
        const image = name === undefined ? undefined : byName(machine, name)
        if (name !== undefined && image === undefined) return failed(`"${name}": no such image`)
        for (const freed of image === undefined ? [...machine.images] : [image]) remove(machine, freed)
        return succeeded
      },
    },
  ],
  [
    'imgstat',
    {
      options: {},
      operands: [0, 0],
      run: (machine) => {
        for (const image of machine.images) machine.port.print(`${image.name} : ${image.body.length} bytes`)
        return succeeded
      },
    },
  ],
]

type Acquired = { readonly image: Image } | { readonly failure: CommandResult }

/** The image that a call means: the selected one, a registered one by name, or one that is fetched now. */
async function acquire(machine: Machine, call: ParsedArguments, use: FetchUse): Promise<Acquired> {
  const [reference, ...args] = call.operands
  if (reference === undefined) {
    return machine.selected === undefined ? { failure: failed('No image selected') } : { image: machine.selected }
  }
  if (reference === '') throw new ScriptError('the URI is empty')
  const registered = byName(machine, reference)
  if (registered !== undefined) {
    if (args.length > 0) registered.commandLine = args.join(' ')
    return { image: registered }
  }
  const timeout = call.options.get('timeout')
  const timeoutMs = timeout === undefined ? undefined : parseInteger(timeout)
  if (timeout !== undefined && timeoutMs === undefined) throw new ScriptError(`"${timeout}" is no time-out`)
  const uri = resolveUri(machine.base, parseUri(reference))
  const name = call.options.get('name') ?? uri.path?.split('/').at(-1) ?? reference
  // A time-out of zero is none, in iPXE too.
  const answer = await machine.port.fetch({ uri, use, timeoutMs: timeoutMs === 0 ? undefined : timeoutMs })
  if (!answer.ok) return { failure: failed(`${formatUri(uri)}... ${answer.error}`) }
  machine.port.print(`${formatUri(uri)}... ok`)
  const image: Image = {
    name,
    uri: answer.uri,
    body: answer.body,
    kind: probeImage(answer.body),
    commandLine: args.join(' '),
  }
  machine.images.push(image)
  return { image }
}

function byName(machine: Machine, name: string): Image | undefined {
  return machine.images.find((image) => image.name === name)
}

function remove(machine: Machine, image: Image): void {
  const index = machine.images.indexOf(image)
  if (index >= 0) machine.images.splice(index, 1)
  if (machine.selected === image) machine.selected = undefined
}
