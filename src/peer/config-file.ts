import type { Pair, ParsedNode, Scalar } from 'yaml'
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { trivetError } from '../lib/errors.ts'
import { yamlMistakes } from '../lib/yaml-mistakes.ts'
import type { GivenSetting, SettingName } from './settings.ts'
import { settings } from './settings.ts'

/** A configuration file is small; anything larger is the wrong file. */
export const configFileSizeBytesMax = 64 * 1024

/**
 * Reads the text of a configuration file: a map from setting names to text, numbers, or lists of them.
 * Throws CONFIG_INVALID with file, line and column for anything else, unknown and repeated names included.
 */
export function parseConfigFile(file: string, text: string): ReadonlyMap<SettingName, GivenSetting> {
  if (Buffer.byteLength(text) > configFileSizeBytesMax) {
    throw trivetError('CONFIG_INVALID', { where: file, reason: `larger than ${configFileSizeBytesMax} bytes` })
  }
  const lines = new LineCounter()
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const refuse = (offset: number, reason: string): never => {
    throw trivetError('CONFIG_INVALID', { where: placeOf(offset), reason })
  }
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true, prettyErrors: false })
  const [mistake] = yamlMistakes(document)
  if (mistake !== undefined) refuse(mistake.offset, mistake.reason)
  const found = new Map<SettingName, GivenSetting>()
  const top = document.contents
  if (top === null || (isScalar(top) && top.value === null)) return found
  if (!isMap(top)) return refuse(top.range[0], 'a map of settings is expected')
  for (const { key, value } of top.items as readonly Pair<ParsedNode, ParsedNode | null>[]) {
    const offset = key.range[0]
    const name = isScalar(key) ? textOf(key) : ''
    const setting = settings.find((candidate) => candidate.name === name)
    if (setting === undefined) return refuse(offset, `unknown setting ${JSON.stringify(name)}`)
    if (setting.name === 'config') return refuse(offset, 'a configuration file cannot name another')
    const mayList = 'list' in setting && setting.list
    const parts: readonly unknown[] = mayList && isSeq(value) ? value.items : [value]
    const texts = parts.filter(isText)
    if (texts.length < parts.length) {
      return refuse(value?.range[0] ?? offset, `${name} takes ${mayList ? 'text or a list of text' : 'text'}`)
    }
    found.set(setting.name, { value: texts.map(textOf).join(','), origin: placeOf(offset) })
  }
  return found
}

function isText(node: unknown): node is Scalar {
  return isScalar(node) && ['string', 'number', 'boolean', 'bigint'].includes(typeof node.value)
}

/** As it was written: `0123` is a token, not a number of another spelling. */
function textOf({ value, source }: Scalar): string {
  return typeof value === 'string' ? value : (source ?? String(value))
}
