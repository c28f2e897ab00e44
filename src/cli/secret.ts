import { trivetError } from '../lib/errors.ts'
import { flagName } from './flag-name.ts'
import { cliLimits } from './limits.ts'
import type { Surroundings } from './surroundings.ts'
import type { FieldTable } from './table.ts'
import type { TextSource } from './text-source.ts'
import { usageError } from './usage-error.ts'

/**
 * A secret from the file that its flag names, or typed twice at a terminal that does not show it. One line end at the
 * end of a file does not count. Errors: USAGE without file and terminal, or when nothing or two different things are
 * typed; FILE_INVALID for an empty file or one of several lines, without showing any of it.
 */
export async function readSecret(
  field: FieldTable,
  file: string | undefined,
  from: { readonly source: TextSource; readonly surroundings: Surroundings; readonly command: string },
): Promise<string> {
  if (file !== undefined) {
    const secret = (await from.source.read(file)).replace(/\r?\n$/, '')
    if (secret === '') throw trivetError('FILE_INVALID', { file, reason: 'it is empty' })
    if (/[\r\n]/.test(secret)) throw trivetError('FILE_INVALID', { file, reason: 'it has more than one line' })
    return secret
  }
  const { stdin } = from.surroundings
  const word = field.path.replaceAll('_', ' ')
  if (stdin.isTTY !== true || stdin.setRawMode === undefined) {
    const reason = `the ${word} is missing, and there is no terminal to ask on: give a file with --${flagName(field)}, or - for stdin`
    throw usageError(from.command, reason)
  }
  const typed = await askHidden(`${word}: `, from)
  if (typed === '') throw usageError(from.command, `no ${word} was typed`)
  if (typed === (await askHidden(`${word}, again: `, from))) return typed
  throw usageError(from.command, `the two ${word}s differ; nothing was changed`)
}

const key = { interrupt: '\u0003', endOfInput: '\u0004', backspace: '\u0008', killLine: '\u0015', delete: '\u007f' }

/** One line from a terminal in raw mode, which shows nothing. */
async function askHidden(
  prompt: string,
  { surroundings, command }: { readonly surroundings: Surroundings; readonly command: string },
): Promise<string> {
  const { stdin, stderr } = surroundings
  stderr.write(prompt)
  stdin.setRawMode?.(true)
  try {
    let line = ''
    for (;;) {
      const chunk = await nextChunk(stdin)
      if (chunk === undefined) throw usageError(command, 'the terminal was closed before an answer')
      const characters = Array.from(chunk)
      for (const [at, character] of characters.entries()) {
        if (character === '\r' || character === '\n') {
          // What was pasted behind the line end belongs to the next question.
          const rest = characters.slice(at + 1).join('')
          if (rest !== '') stdin.unshift(Buffer.from(rest))
          return line
        }
        if (character === key.interrupt || character === key.endOfInput) throw trivetError('CANCELLED', {})
        if (character === key.killLine) line = ''
        else if (character === key.backspace || character === key.delete) line = Array.from(line).slice(0, -1).join('')
        else line += character
        if (line.length > cliLimits.secretCharsMax) {
          throw usageError(command, `more than ${cliLimits.secretCharsMax} characters were typed`)
        }
      }
    }
  } finally {
    stdin.setRawMode?.(false)
    stdin.pause()
    stderr.write('\n')
  }
}

/** What is typed next; undefined at the end of the input. */
function nextChunk(stdin: Surroundings['stdin']): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      stdin.off('readable', onReadable).off('end', onEnd).off('error', onError)
    }
    const onReadable = (): void => {
      const chunk: Buffer | string | null = stdin.read()
      if (chunk === null) return
      stop()
      resolve(String(chunk))
    }
    const onEnd = (): void => {
      stop()
      resolve(undefined)
    }
    const onError = (error: Error): void => {
      stop()
      reject(error)
    }
    stdin.on('readable', onReadable).on('end', onEnd).on('error', onError)
    onReadable()
  })
}
