import type { SettingType } from './setting-types.ts'
import { integerOf, settingType } from './setting-types.ts'
import { ScriptError } from './script-error.ts'

interface Setting {
  readonly type: SettingType
  readonly bytes: Buffer
}

/** More replacements than this in one word mean that a value contains itself. */
const expansionsMax = 1_000

/** The settings of one iPXE: what firmware and DHCP gave, and what scripts have set. Names are case-sensitive. */
export class Settings {
  readonly #settings = new Map<string, Setting>()

  /** `given` maps `name` or `name:type` to text. */
  constructor(given: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(given)) this.set(name, text)
  }

  /** Stores a value under `name` or `name:type`; an empty one removes it. Throws ScriptError on a malformed name or value. */
  set(name: string, text: string): void {
    const parsed = parseName(name)
    const type = parsed.type ?? settingType('string')
    if (text === '') {
      this.#settings.delete(parsed.name)
      return
    }
    const bytes = type.parse(text)
    if (bytes === undefined) throw new ScriptError(`"${text}" is no ${type.name}`)
    this.#settings.set(parsed.name, { type, bytes })
  }

  clear(name: string): void {
    this.#settings.delete(parseName(name).name)
  }

  /** Adds to a number. What is not there, or is none, counts as an `int32` of zero. */
  increment(name: string, by: number): void {
    const parsed = parseName(name)
    const old = this.#settings.get(parsed.name)
    const oldType = parsed.type ?? old?.type
    const numeric = oldType !== undefined && /^u?int/.test(oldType.name)
    const type = numeric ? oldType : settingType('int32')
    const value = (numeric && old !== undefined ? integerOf(old.bytes, type.name.startsWith('int')) : undefined) ?? 0
    this.#settings.set(parsed.name, { type, bytes: type.parse(String(value + by))! })
  }

  /** The value in the given type, or in that with which it was stored; empty when there is none. */
  get(name: string): string {
    const parsed = parseName(name)
    const setting = this.#settings.get(parsed.name)
    return setting === undefined ? '' : (parsed.type ?? setting.type).format(setting.bytes)
  }

  /**
   * Replaces each `${name}` and `${name:type}` of one word, inner ones first, so that `${peer${i}}` works.
   * Throws ScriptError on a malformed name, and on a `${` without its brace, which a real iPXE would leave as it stands.
   */
  expand(word: string): string {
    let text = word
    for (let n = 0; n < expansionsMax; n++) {
      const end = firstClosing(text)
      if (end < 0) {
        if (text.includes('${')) throw new ScriptError(`"${word}" has no closing brace`)
        return text
      }
      const start = text.lastIndexOf('${', end)
      text = text.slice(0, start) + this.get(text.slice(start + 2, end)) + text.slice(end + 1)
    }
    throw new ScriptError(`"${word}" expands without end`)
  }
}

/** Index of the first brace that closes a `${`; -1 when there is none. */
function firstClosing(text: string): number {
  const start = text.indexOf('${')
  return start < 0 ? -1 : text.indexOf('}', start)
}

function parseName(text: string): { readonly name: string; readonly type: SettingType | undefined } {
  const match = /^([\w./-]+)(?::(\w+))?$/.exec(text)
  if (match === null) throw new ScriptError(`"${text}" is no name of a setting`)
  return { name: match[1]!, type: match[2] === undefined ? undefined : settingType(match[2]) }
}
