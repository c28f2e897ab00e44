import { isScalar, LineCounter, parseDocument } from 'yaml'
import { trivetError } from '../lib/errors.ts'
import type { SettingName } from './settings.ts'
import { settings } from './settings.ts'

/** A configuration file is small; anything larger is the wrong file. */
export const configFileSizeBytesMax = 64 * 1024

/**
 * Reads the text of a configuration file: a map from setting names to text, numbers, or lists of text.
 * Throws CONFIG_INVALID with file, line and column for anything else, unknown and repeated names included.
 */
export function parseConfigFile(
  file: string,
  text: string,
): ReadonlyMap<SettingName, { value: string; origin: string }> {
  const lines = new LineCounter()
  const refuse = (offset: number, reason: string): never => {
    const { line, col } = lines.linePos(offset)
    throw trivetError('CONFIG_INVALID', { where: `${file}:${line}:${col}`, reason })
  }
  if (Buffer.byteLength(text) > configFileSizeBytesMax) {
    throw trivetError('CONFIG_INVALID', { where: file, reason: `larger than ${configFileSizeBytesMax} bytes` })
  }
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true })
  const [error] = document.errors
  if (error !== undefined) refuse(error.pos[0], error.message.split('\n')[0] ?? 'not YAML')
  const found = new Map<SettingName, { value: string; origin: string }>()
  const top = document.contents
  if (top === null) return found
  if (!('items' in top)) return refuse(0, 'a map of settings is expected')
  for (const item of top.items) {
    if (!('key' in item) || !isScalar(item.key)) return refuse(0, 'a map of settings is expected')
    const offset = item.key.range?.[0] ?? 0
    const name = settings.find((setting) => setting.name === String((item.key as { value: unknown }).value))
    if (name === undefined) return refuse(offset, `unknown setting ${String(item.key.value)}`)
    if (name.name === 'config') return refuse(offset, 'a configuration file cannot name another')
    const value = (item.value as { toJSON(): unknown } | null)?.toJSON()
    const parts = Array.isArray(value) ? (value as unknown[]) : [value]
    const scalars = parts.every((part) => ['string', 'number', 'boolean'].includes(typeof part))
    const mayList = 'list' in name && name.list
    if (!scalars || (parts.length > 1 && !mayList)) {
      return refuse(offset, `${name.name} takes ${mayList ? 'text or a list of text' : 'text'}`)
    }
    const { line, col } = lines.linePos(offset)
    found.set(name.name, { value: parts.join(','), origin: `${file}:${line}:${col}` })
  }
  return found
}
