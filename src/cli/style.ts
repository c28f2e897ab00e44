import { styleText } from 'node:util'
import type { Surroundings, TextOutput } from './surroundings.ts'

/** Makes a text stand out. */
export type Style = (text: string) => string

/** A style on a terminal; the text itself in a pipe, and where NO_COLOR is set (no-color.org: to anything but ''). */
export function styleFor(format: Parameters<typeof styleText>[0], output: TextOutput, env: Surroundings['env']): Style {
  const isPlain = output.isTTY !== true || (env['NO_COLOR'] ?? '') !== ''
  return isPlain ? (text) => text : (text) => styleText(format, text, { validateStream: false })
}
