import { open } from 'node:fs/promises'
import { trivetError } from '../lib/errors.ts'
import { fileReason } from '../lib/system-reasons.ts'
import { cliLimits } from './limits.ts'
import type { TextInput } from './surroundings.ts'
import { usageError } from './usage-error.ts'

/** Reads what flags name: files, and stdin once. */
export class TextSource {
  readonly #stdin: TextInput
  readonly #command: string
  #stdinIsRead = false

  constructor(stdin: TextInput, command: string) {
    this.#stdin = stdin
    this.#command = command
  }

  /**
   * The text of a file, of stdin for `-`, and nothing for an empty name. UTF-8, without a byte order mark.
   * Errors: FILE_UNREADABLE; FILE_INVALID for what is no text or too large; USAGE when stdin is asked for twice.
   */
  async read(file: string): Promise<string> {
    if (file === '') return ''
    return text(file, file === '-' ? await this.#readStdin() : await readFile(file))
  }

  async #readStdin(): Promise<Buffer> {
    if (this.#stdinIsRead) throw usageError(this.#command, 'only one flag can read stdin')
    this.#stdinIsRead = true
    const chunks: Buffer[] = []
    let sizeBytes = 0
    for await (const chunk of this.#stdin) {
      const bytes = Buffer.from(chunk as Buffer | string)
      sizeBytes += bytes.byteLength
      requireSize('stdin', sizeBytes)
      chunks.push(bytes)
    }
    return Buffer.concat(chunks)
  }
}

async function readFile(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r')
    try {
      // One byte beyond the limit tells that there is more; a file that never ends is not read to its end.
      const buffer = Buffer.alloc(cliLimits.fileSizeBytesMax + 1)
      let sizeBytes = 0
      for (let read = 1; read > 0 && sizeBytes < buffer.byteLength; sizeBytes += read) {
        read = (await handle.read(buffer, sizeBytes, buffer.byteLength - sizeBytes)).bytesRead
      }
      requireSize(file, sizeBytes)
      return buffer.subarray(0, sizeBytes)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw trivetError('FILE_UNREADABLE', { file, reason: fileReason(error) }, { cause: error })
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

function requireSize(file: string, sizeBytes: number): void {
  const { fileSizeBytesMax } = cliLimits
  if (sizeBytes <= fileSizeBytesMax) return
  throw trivetError('FILE_INVALID', { file, reason: `it has more than ${fileSizeBytesMax} bytes` })
}

function text(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw trivetError('FILE_INVALID', { file, reason: 'it is not UTF-8 text' }, { cause: error })
  }
}
