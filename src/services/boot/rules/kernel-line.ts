import { trivetError } from '../../../lib/errors.ts'

/** Room on an x86 command line (2,048 bytes) for what a boot configuration says; trivet adds its own behind it. */
export const parametersSizeBytesMax = 1800

/**
 * Refuses a URL that would not mean in a script what it means here: another scheme, blanks, iPXE's `${`.
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
  const operator = /(?:^|\s)(\|\||&&)(?:\s|$)/.exec(text)
  if (operator !== null) refuse(operator.index, 'iPXE would take || and && for its own')
  if (Buffer.byteLength(text) > parametersSizeBytesMax) {
    refuse(parametersSizeBytesMax, `more than ${parametersSizeBytesMax} bytes; kernels cut longer command lines`)
  }
}
