import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { decodeEvent } from './decode-event.ts'
import { HistoryBuilder } from './history-builder.ts'
import { HistoryError } from './history-error.ts'
import type { History } from './history.ts'

/** What a history may hold: it is judged in memory. */
export const historyLimits = { sizeBytesMax: 1_073_741_824, linesMax: 4_000_000, lineBytesMax: 16_777_216 } as const

const lineEnd = 0x0a

/** Reads a history from a file. Throws `HistoryError` with the line that is wrong, and what the file system throws. */
export async function readHistory(
  file: string,
  limits: Readonly<Record<keyof typeof historyLimits, number>> = historyLimits,
): Promise<History> {
  const { size } = await stat(file)
  if (size > limits.sizeBytesMax) {
    throw new HistoryError({ file, line: 1 }, `the file has ${size} bytes; ${limits.sizeBytesMax} are the most`)
  }
  const builder = new HistoryBuilder()
  // The line at work, also while it is cut out of the file.
  let line = 1
  try {
    for await (const text of linesOf(file, limits.lineBytesMax)) {
      if (line > limits.linesMax) throw new Error(`the file has more than ${limits.linesMax} lines`)
      builder.add(decodeEvent(text))
      line += 1
    }
    line = Math.max(1, builder.line)
    return builder.build()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error
    throw new HistoryError({ file, line }, error instanceof Error ? error.message : String(error))
  }
}

/** The lines of a file, the last one also without an end. */
async function* linesOf(file: string, lineBytesMax: number): AsyncIterable<string> {
  const text = new TextDecoder('utf-8', { fatal: true })
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, from)) {
      yield text.decode(bytes.subarray(from, end))
      from = end + 1
    }
    rest = bytes.subarray(from)
    if (rest.length > lineBytesMax) throw new Error(`the line has more than ${lineBytesMax} bytes`)
  }
  if (rest.length > 0) yield text.decode(rest)
}
