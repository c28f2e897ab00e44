import { isIPv4 } from 'node:net'
import { decodeUriString, encodeUriString } from './uri.ts'
import { ScriptError } from './script-error.ts'

/** How a setting's bytes are read from text and shown as text; the part after the colon in `${name:type}`. */
export interface SettingType {
  readonly name: string
  /** `undefined` when the text is no value of this type. */
  parse(text: string): Buffer | undefined
  format(bytes: Buffer): string
}

/** iPXE 1.21.1, src/core/settings.c; the network card's, DNS and SMBIOS forms that no script of ours needs are absent. */
const settingTypes: ReadonlyMap<string, SettingType> = new Map(
  [
    { name: 'string', parse: fromText, format: toText },
    { name: 'uristring', parse: decodeUriString, format: encodeUriString },
    {
      name: 'ipv4',
      parse: (text: string) => (isIPv4(text) ? Buffer.from(text.split('.').map(Number)) : undefined),
      format: (bytes: Buffer) => [...bytes].join('.'),
    },
    integer({ name: 'int8', sizeBytes: 1, signed: true }),
    integer({ name: 'int16', sizeBytes: 2, signed: true }),
    integer({ name: 'int32', sizeBytes: 4, signed: true }),
    integer({ name: 'uint8', sizeBytes: 1, signed: false }),
    integer({ name: 'uint16', sizeBytes: 2, signed: false }),
    integer({ name: 'uint32', sizeBytes: 4, signed: false }),
    hexadecimal('hex', ':'),
    hexadecimal('hexhyp', '-'),
    hexadecimal('hexraw', ''),
    {
      name: 'base64',
      parse: (text: string) => Buffer.from(text, 'base64'),
      format: (bytes: Buffer) => bytes.toString('base64'),
    },
    {
      name: 'uuid',
      parse: (text: string) => {
        const digits = text.replaceAll('-', '')
        return /^[0-9a-f]{32}$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined
      },
      format: (bytes: Buffer) => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    },
  ].map((type): [string, SettingType] => [type.name, type]),
)

/** The type of this name. Throws ScriptError when there is none. */
export function settingType(name: string): SettingType {
  const type = settingTypes.get(name)
  if (type === undefined) throw new ScriptError(`"${name}" is no type of a setting`)
  return type
}

/** A number as `strtoul` with base 0 reads it (decimal, 0x, leading 0 for octal); `undefined` for anything else. */
export function parseInteger(text: string): number | undefined {
  const match = /^(-?)(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.exec(text)
  if (match === null) return undefined
  const digits = match[2]!
  const octal = digits.startsWith('0') && !/^0x/i.test(digits)
  const value = octal ? Number.parseInt(digits, 8) : Number(digits)
  return match[1] === '-' ? -value : value
}

/** The bytes as a big-endian number, as `inc` reads them. */
export function integerOf(bytes: Buffer, signed: boolean): number | undefined {
  if (bytes.length === 0 || bytes.length > 6) return undefined
  return signed ? bytes.readIntBE(0, bytes.length) : bytes.readUIntBE(0, bytes.length)
}

function fromText(text: string): Buffer {
  return Buffer.from(text, 'utf8')
}

function toText(bytes: Buffer): string {
  return bytes.toString('utf8')
}

function integer(shape: { readonly name: string; readonly sizeBytes: number; readonly signed: boolean }): SettingType {
  return {
    name: shape.name,
    parse: (text) => {
      const value = parseInteger(text)
      if (value === undefined) return undefined
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64BE(BigInt(value))
      return bytes.subarray(8 - shape.sizeBytes)
    },
    format: (bytes) => {
      const value = integerOf(bytes, shape.signed)
      if (value === undefined) return ''
      return shape.signed ? String(value) : `0x${value.toString(16)}`
    },
  }
}

function hexadecimal(name: string, separator: string): SettingType {
  return {
    name,
    parse: (text) => {
      const digits = separator === '' ? (text.match(/../g) ?? []) : text.split(separator)
      if (digits.join(separator) !== text || !digits.every((pair) => /^[0-9a-f]{1,2}$/i.test(pair))) return undefined
      return Buffer.from(digits.map((pair) => Number.parseInt(pair, 16)))
    },
    format: (bytes) => (bytes.toString('hex').match(/../g) ?? []).join(separator),
  }
}
