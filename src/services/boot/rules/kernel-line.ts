import { trivetError } from '../../../lib/errors.ts'

/** x86 kernels cut their command line there, its final zero included (COMMAND_LINE_SIZE). */
export const commandLineSizeBytesMax = 2_047

/**
 * What a boot configuration may say on it. The rest is for what trivet adds behind it: the ids of node and attempt, and
 * where the cloud-init documents are, at one peer with the longest possible URL or at five with usual ones.
 */
export const parametersSizeBytesMax = 1_400

/**
 * Refuses a URL that would not mean in a script what it means here: another scheme, blanks, iPXE's `${`, half an escape.
 * Errors: URL_INVALID with field and offset.
 */
export function requireArtifactUrl(field: string, text: string): void {
  const refuse = (offset: number, reason: string) => {
    throw trivetError(
      'URL_INVALID',
      { field, url: text, offset, reason },
      { violations: [{ field, description: `at offset ${offset}: ${reason}` }] },
    )
  }
  const unfit = /[^\u0021-\u007e]/.exec(text)
  if (unfit !== null) refuse(unfit.index, 'only printable ASCII without blanks may stand in a URL')
  const expanded = text.indexOf('${')
  if (expanded >= 0) refuse(expanded, 'iPXE would expand ${…}')
  const quoted = /["'\\]/.exec(text)
  if (quoted !== null) refuse(quoted.index, 'iPXE would take it for a quotation')
  if (!/^https?:\/\//i.test(text)) refuse(0, 'it needs a scheme, http:// or https://')
  const host = text.indexOf('//') + 2
  if (/^(?:[/?#]|$)/.test(text.slice(host))) refuse(host, 'a host is missing')
  const halfEscaped = /%(?![0-9a-f]{2})/i.exec(text)
  if (halfEscaped !== null) refuse(halfEscaped.index, 'two hexadecimal digits have to follow a %')
  if (!URL.canParse(text)) refuse(0, 'it is not a URL')
}

/**
 * Refuses kernel parameters that would break out of their line in a script, or that iPXE would change.
 * Errors: PARAMETERS_INVALID with the offset.
 */
export function requireParameters(text: string): void {
  const refuse = (offset: number, reason: string) => {
    throw trivetError(
      'PARAMETERS_INVALID',
      { offset, reason },
      { violations: [{ field: 'parameters', description: `at offset ${offset}: ${reason}` }] },
    )
  }
  const line = /[\r\n]/.exec(text)
  if (line !== null) refuse(line.index, 'a line break; parameters are one line')
  const control = /[^\u0020-\u007e]/.exec(text)
  if (control !== null) refuse(control.index, 'only printable ASCII may stand there')
  const expanded = text.indexOf('${')
  if (expanded >= 0) refuse(expanded, 'iPXE would expand ${…}')
  const own = /(?<=^|\s)(?:(?:\|\||&&|;)(?=\s|$)|#)/.exec(text)
  if (own !== null) refuse(own.index, 'iPXE takes the words || && ; and what begins with # for its own')
  if (Buffer.byteLength(text) > parametersSizeBytesMax) {
    refuse(parametersSizeBytesMax, `more than ${parametersSizeBytesMax} bytes; kernels cut longer command lines`)
  }
}
