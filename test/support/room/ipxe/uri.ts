import { ScriptError } from './script-error.ts'

/**
 * A URI as iPXE 1.21.1 sees it (src/core/uri.c): every field is percent-decoded when it is parsed, and encoded again
 * when it is sent. What a server gets is therefore not the text that stood in the script: a `:` in a path or query
 * always arrives as `%3A`, and `%26` in a query arrives as `&`.
 * Strings hold bytes, one a character.
 */
export interface Uri {
  readonly scheme: string | undefined
  /** What follows the scheme when it does not start with a slash. */
  readonly opaque: string | undefined
  readonly host: string | undefined
  readonly port: string | undefined
  readonly path: string | undefined
  readonly query: string | undefined
}

/** Takes a URI apart. Throws ScriptError when a `%` is not followed by two hexadecimal digits. */
export function parseUri(text: string): Uri {
  const raw = Buffer.from(text, 'utf8').toString('latin1')
  const withoutFragment = raw.split('#', 1)[0]!
  const colon = withoutFragment.indexOf(':')
  // Any colon makes it absolute, also one behind a question mark: a relative URI can have none.
  const scheme = colon < 0 ? undefined : withoutFragment.slice(0, colon)
  const rest = colon < 0 ? withoutFragment : withoutFragment.slice(colon + 1)
  if (scheme !== undefined && !rest.startsWith('/')) {
    return { scheme, opaque: rest, host: undefined, port: undefined, path: undefined, query: undefined }
  }
  const mark = rest.indexOf('?')
  const query = mark < 0 ? undefined : decode(rest.slice(mark + 1))
  const beforeQuery = mark < 0 ? rest : rest.slice(0, mark)
  const net = scheme === undefined ? null : /^\/\/([^/]*)(\/.*)?$/s.exec(beforeQuery)
  if (net === null) {
    const path = beforeQuery === '' ? undefined : decode(beforeQuery)
    return { scheme, opaque: undefined, host: undefined, port: undefined, path, query }
  }
  const authority = net[1]!.slice(net[1]!.indexOf('@') + 1)
  const portColon = authority.endsWith(']') ? -1 : authority.lastIndexOf(':')
  return {
    scheme,
    opaque: undefined,
    host: decode(portColon < 0 ? authority : authority.slice(0, portColon)),
    port: portColon < 0 ? undefined : authority.slice(portColon + 1),
    path: net[2] === undefined ? undefined : decode(net[2]),
    query,
  }
}

/** Makes a relative URI absolute. Neither path nor query of the base survive a relative path. */
export function resolveUri(base: Uri | undefined, uri: Uri): Uri {
  if (uri.scheme !== undefined || base === undefined) return uri
  if (uri.path !== undefined) return { ...base, path: resolvePath(base.path ?? '/', uri.path), query: uri.query }
  return uri.query === undefined ? base : { ...base, query: uri.query }
}

/** Path and query as they stand in the request line. */
export function requestTarget(uri: Uri): string {
  const path = encode(uri.path ?? '/', '#:@?')
  return uri.query === undefined ? path : `${path}?${encode(uri.query, '#:@?')}`
}

/** The URI as text, for messages. */
export function formatUri(uri: Uri): string {
  if (uri.scheme === undefined) return requestTarget(uri)
  if (uri.opaque !== undefined) return `${uri.scheme}:${uri.opaque}`
  const port = uri.port === undefined ? '' : `:${uri.port}`
  return `${uri.scheme}://${uri.host ?? ''}${port}${requestTarget(uri)}`
}

/** `host:port` with the port that the scheme implies when none is given. */
export function hostAndPort(uri: Uri): string {
  return `${uri.host ?? ''}:${uri.port ?? (uri.scheme === 'https' ? '443' : '80')}`
}

/** Encodes all that could mean something to a URI parser, as `:uristring` does. */
export function encodeUriString(bytes: Buffer): string {
  return encode(bytes.toString('latin1'), '/#:@?=&')
}

/** The bytes of a percent-encoded text. Throws ScriptError when a `%` is not followed by two hexadecimal digits. */
export function decodeUriString(text: string): Buffer {
  return Buffer.from(decode(Buffer.from(text, 'utf8').toString('latin1')), 'latin1')
}

function decode(text: string): string {
  return text.replaceAll(/%(.{0,2})/gs, (_, digits: string) => {
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) throw new ScriptError(`%${digits} in a URI is no escaped byte`)
    return String.fromCharCode(Number.parseInt(digits, 16))
  })
}

function encode(text: string, special: string): string {
  let encoded = ''
  for (const character of text) {
    const printable = character > ' ' && character <= '~'
    const plain = printable && character !== '%' && !special.includes(character)
    encoded += plain ? character : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

function resolvePath(base: string, relative: string): string {
  if (relative.startsWith('/')) return relative
  const folders = base.split('/').slice(0, -1)
  const parts = relative.split('/')
  while (parts[0] === '.' || parts[0] === '..') {
    if (parts.shift() === '..' && folders.length > 1) folders.pop()
  }
  return [...folders, ...parts].join('/')
}
