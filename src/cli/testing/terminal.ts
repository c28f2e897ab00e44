import { PassThrough, Readable } from 'node:stream'
import type { Surroundings, TextInput, TextOutput } from '../surroundings.ts'

/** Text that was written, as one string. */
class Transcript implements TextOutput {
  readonly isTTY: boolean
  readonly columns = 100
  readonly rows = 30
  readonly #onWrite: (text: string) => void
  text = ''

  constructor(isTTY: boolean, onWrite: (text: string) => void) {
    this.isTTY = isTTY
    this.#onWrite = onWrite
  }

  write(text: string): void {
    this.text += text
    this.#onWrite(this.text)
  }
}

export interface TerminalOptions {
  readonly env?: Surroundings['env']
  /** What comes on stdin; on a terminal, what is typed. */
  readonly input?: string
  /** Streams are a terminal; else pipes. */
  readonly isTTY?: boolean
  /** Called with everything on stdout so far, whenever something is added. */
  readonly onOutput?: (text: string) => void
}

/** What surrounds one run of the CLI in a test. */
export class Terminal implements Surroundings {
  readonly env: Surroundings['env']
  readonly stdin: TextInput
  readonly stdout: Transcript
  readonly stderr: Transcript
  readonly #controller = new AbortController()
  /** How often the terminal was told to hide, and to show, what is typed. */
  readonly rawModes: boolean[] = []

  constructor({ env = {}, input = '', isTTY = false, onOutput = () => undefined }: TerminalOptions = {}) {
    this.env = env
    this.stdin = isTTY ? this.#typed(input) : Readable.from(input === '' ? [] : [Buffer.from(input)])
    this.stdout = new Transcript(isTTY, onOutput)
    this.stderr = new Transcript(isTTY, () => undefined)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The reader of stdout goes away. */
  close(): void {
    this.#controller.abort()
  }

  #typed(input: string): TextInput {
    const stream = new PassThrough()
    stream.write(input)
    return Object.assign(stream, {
      isTTY: true,
      setRawMode: (isRaw: boolean): void => void this.rawModes.push(isRaw),
    })
  }
}
