import { parseArguments } from './command-options.ts'
import type { Command } from './commands.ts'
import { commands } from './commands.ts'
import type { Image } from './image.ts'
import { probeImage } from './image.ts'
import type { CommandResult, FirmwarePort, IpxeEnd, Machine } from './machine.ts'
import { failed, succeeded } from './machine.ts'
import type { ScriptCommand, ScriptLine } from './script.ts'
import { parseScript } from './script.ts'
import type { ScriptPlace } from './script-error.ts'
import { ScriptError } from './script-error.ts'
import type { Settings } from './settings.ts'
import type { Uri } from './uri.ts'
import { formatUri, parseUri } from './uri.ts'

/** Bounds of one boot: a script that loops faster or longer than this would never come to an end. */
export const ipxeLimits = {
  commandsMax: 100_000,
  /** Scripts that are loaded one after another: an unknown node that asks every five seconds does so for hours. */
  scriptsMax: 2_000,
  /** Scripts that wait for one another. iPXE runs them on one small stack: who comes back by `chain` needs --replace. */
  depthMax: 32,
}

/**
 * Boots as iPXE does with the `filename` that DHCP gave: downloads it without a time-out, once, and runs it.
 * Resolves with how that ended; rejects only when the port does.
 */
export async function runIpxe(options: {
  readonly port: FirmwarePort
  readonly settings: Settings
  /** Settings in it are expanded. */
  readonly filename: string
}): Promise<IpxeEnd> {
  const interpreter = new Interpreter(options.port, options.settings)
  try {
    return await interpreter.autoboot(options.filename)
  } catch (error) {
    if (error instanceof ScriptError) return { kind: 'script_error', reason: error.message }
    throw error
  }
}

class Interpreter {
  readonly #machine: Machine & { base: Uri | undefined }
  #commandsRun = 0
  #scriptsRun = 0
  #depth = 0

  constructor(port: FirmwarePort, settings: Settings) {
    this.#machine = {
      port,
      settings,
      images: [],
      selected: undefined,
      base: undefined,
      execute: (image) => this.#execute(image),
    }
  }

  async autoboot(filename: string): Promise<IpxeEnd> {
    const { port, settings } = this.#machine
    const uri = parseUri(settings.expand(filename))
    const answer = await port.fetch({ uri, use: 'chain', timeoutMs: undefined })
    if (!answer.ok) return { kind: 'ended', failed: true, reason: `${formatUri(uri)}... ${answer.error}` }
    const kind = probeImage(answer.body)
    const result = await this.#execute({ name: 'filename', uri: answer.uri, body: answer.body, kind, commandLine: '' })
    if (result.kind === 'end') return result.end
    const ok = result.kind === 'status' ? result.ok : true
    const message = result.kind === 'status' ? result.message : undefined
    return { kind: 'ended', failed: !ok, reason: message ?? 'the script ended without booting' }
  }

  async #execute(image: Image): Promise<CommandResult> {
    if (image.kind === 'data') return failed(`${image.name}: Exec format error`)
    if (image.kind === 'kernel') return this.#boot(image)
    if (++this.#depth > ipxeLimits.depthMax) {
      throw new ScriptError(`${this.#depth} scripts wait for one another; chain with --replace to come back`)
    }
    const { base } = this.#machine
    let running: Image | undefined = image
    let result: CommandResult = succeeded
    while (running !== undefined) {
      // A script is not among the images while it runs, so that it is not handed to a kernel as an initrd.
      this.#unregister(running)
      this.#machine.base = running.uri
      if (running.kind !== 'script') {
        result = await this.#execute(running)
        break
      }
      const ended = await this.#runScript(running)
      result = ended.kind === 'exit' ? { kind: 'status', ok: ended.ok } : ended
      running = ended.kind === 'exit' ? ended.replacement : undefined
    }
    this.#machine.base = base
    this.#depth--
    return result
  }

  #boot(kernel: Image): CommandResult {
    const initrds = this.#machine.images.filter((other) => other !== kernel && other.kind !== 'script')
    return { kind: 'end', end: { kind: 'booted', kernel, initrds, commandLine: kernel.commandLine } }
  }

  async #runScript(image: Image): Promise<CommandResult> {
    if (++this.#scriptsRun > ipxeLimits.scriptsMax) {
      throw new ScriptError(`over ${ipxeLimits.scriptsMax} scripts in one boot`)
    }
    const script = formatUri(image.uri)
    const lines = parseScript(image.body, script)
    checkReferences(lines, script)
    let index = 0
    while (index < lines.length) {
      const line = lines[index]!
      const place = { script, line: line.number }
      const result = await this.#runLine(line, place)
      if (result.kind === 'end' || result.kind === 'exit') return result
      if (result.kind === 'goto') {
        index = lines.findIndex((other) => other.label === result.label)
        if (index < 0) throw new ScriptError(`no such label :${result.label}`, place)
        continue
      }
      // As in iPXE, a line whose last command failed ends the script.
      if (!result.ok) return result
      index++
    }
    return succeeded
  }

  async #runLine(line: ScriptLine, place: ScriptPlace): Promise<CommandResult> {
    let last: CommandResult = succeeded
    for (const command of line.commands) {
      const ok = last.kind === 'status' && last.ok
      if ((command.when === 'on_success' && !ok) || (command.when === 'on_failure' && ok)) continue
      try {
        last = await this.#runCommand(command)
      } catch (error) {
        throw error instanceof ScriptError ? error.at(place) : error
      }
      if (last.kind !== 'status') return last
      if (!last.ok && last.message !== undefined && last.message !== '') this.#machine.port.print(last.message)
    }
    return last
  }

  async #runCommand(command: ScriptCommand): Promise<CommandResult> {
    if (++this.#commandsRun > ipxeLimits.commandsMax) {
      throw new ScriptError(`over ${ipxeLimits.commandsMax} commands in one boot`)
    }
    const [name, ...words] = command.words.map((word) => this.#machine.settings.expand(word))
    if (name === undefined) return succeeded
    const known = commandNamed(name)
    const call = parseArguments(words, known.options)
    const [fewest, most] = known.operands
    if (call.operands.length < fewest || call.operands.length > most) {
      throw new ScriptError(`${name} takes ${fewest} to ${most} arguments, not ${call.operands.length}`)
    }
    return await known.run(this.#machine, call)
  }

  #unregister(image: Image): void {
    const index = this.#machine.images.indexOf(image)
    if (index >= 0) this.#machine.images.splice(index, 1)
  }
}

/**
 * Checks the whole text before the first line runs, so that an unknown command is found also in a branch that is not
 * taken. What settings decide (`${command}`, `goto ${label}`) is checked when it runs.
 */
function checkReferences(lines: readonly ScriptLine[], script: string): void {
  const labels = new Set(lines.map((line) => line.label))
  for (const line of lines) {
    for (const { words } of line.commands) {
      const [name, first] = words
      const place = { script, line: line.number }
      if (name === undefined || name.includes('${')) continue
      try {
        commandNamed(name)
      } catch (error) {
        throw error instanceof ScriptError ? error.at(place) : error
      }
      if (name === 'goto' && first !== undefined && !first.includes('${') && !labels.has(first)) {
        throw new ScriptError(`no such label :${first}`, place)
      }
    }
  }
}

function commandNamed(name: string): Command {
  const known = commands.get(name)
  if (known === undefined) throw new ScriptError(`${name}: command not found`)
  return known
}
