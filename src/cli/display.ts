import type { Frame } from './frame.ts'
import type { TextOutput } from './surroundings.ts'

/** Shows frames one after another. */
export interface Display {
  show(frame: Frame): void
  /** Leaves the last frame standing in full. */
  end(): void
}

/** Repaints on a terminal, prints what changed into a pipe. */
export function displayFor(output: TextOutput): Display {
  return output.isTTY === true ? new ScreenDisplay(output) : new LineDisplay(output)
}

const sizeDefault = { columns: 80, rows: 24 }

/** Paints each frame over the one before. What does not fit on the screen is cut, else the cursor could not go back. */
class ScreenDisplay implements Display {
  readonly #output: TextOutput
  #paintedLines = 0
  #frame: Frame | undefined

  constructor(output: TextOutput) {
    this.#output = output
  }

  show(frame: Frame): void {
    this.#frame = frame
    this.#paint(cut(frame.screen, this.#output))
  }

  end(): void {
    if (this.#frame !== undefined) this.#paint(this.#frame.screen)
    this.#frame = undefined
  }

  #paint(text: string): void {
    const up = this.#paintedLines === 0 ? '' : `\u001b[${this.#paintedLines}A`
    this.#output.write(`${up}\r\u001b[J${text}`)
    this.#paintedLines = text.split('\n').length - 1
  }
}

function cut(text: string, output: TextOutput): string {
  const { columns = sizeDefault.columns, rows = sizeDefault.rows } = output
  const lines = text.replace(/\n$/, '').split('\n')
  const linesMax = Math.max(1, rows - 2)
  const shown =
    lines.length <= linesMax ? lines : [...lines.slice(0, linesMax), `… ${lines.length - linesMax} more lines`]
  return shown.map((line) => `${line.slice(0, columns - 1)}\n`).join('')
}

/** Prints the lines of a frame that are new or other than in the frame before. */
class LineDisplay implements Display {
  readonly #output: TextOutput
  #lines: ReadonlyMap<string, string> = new Map()

  constructor(output: TextOutput) {
    this.#output = output
  }

  show({ lines }: Frame): void {
    const changed = [...lines].filter(([key, line]) => this.#lines.get(key) !== line).map(([, line]) => line)
    const gone = [...this.#lines.keys()].filter((key) => !lines.has(key)).map((key) => `${key} is gone`)
    if (changed.length + gone.length > 0) this.#output.write([...changed, ...gone].map((line) => `${line}\n`).join(''))
    this.#lines = lines
  }

  end(): void {
    this.#lines = new Map()
  }
}
