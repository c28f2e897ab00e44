import { isFirmwareFiller } from '../lib/firmware-filler.ts'
import { limits } from './limits.ts'

/** One JSON object of a BMC. Nothing in it is trusted: any field may be missing, null or of another type. */
export type Document = Readonly<Record<string, unknown>>

/** The value as an object, if it is one. */
export function documentOf(value: unknown): Document | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : undefined
}

/** The field at the end of a path of names; own fields only, so that `constructor` and its like are not found. */
export function fieldOf(value: unknown, ...names: readonly string[]): unknown {
  let at = value
  for (const name of names) {
    const document = documentOf(at)
    if (document === undefined || !Object.hasOwn(document, name)) return undefined
    at = document[name]
  }
  return at
}

/** The value as a list; empty for anything else (some BMCs say `Members: null`). */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A count or measure: finite and not negative. */
export function amountOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

/**
 * A string as it may go into logs, tables and terminals: control characters and direction marks are gone, runs of
 * blanks are one, its length is capped; `undefined` for anything else and for what is blank then.
 */
export function textOf(value: unknown, charsMax: number = limits.textCharsMax): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value
    .slice(0, 4 * charsMax)
    .toWellFormed()
    .replaceAll(unprintable, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, charsMax)
    .toWellFormed()
  return text === '' ? undefined : text
}

/** C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of a terminal's text. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu

/** Text that names something: a serial number, a model. What some BMCs fill every field with counts as missing. */
export function nameOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text === undefined || isFirmwareFiller(text) ? undefined : text
}

/** A UUID in lower case with dashes; `undefined` for anything else and for those of zeros or ones alone. */
export function uuidOf(value: unknown): string | undefined {
  const text = textOf(value)?.toLowerCase()
  if (text === undefined || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return undefined
  return /^[0-]+$|^[f-]+$/.test(text) ? undefined : text
}
