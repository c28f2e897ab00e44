import { closeSync, openSync, writeFileSync } from 'node:fs'
import { encodeEvent } from './format/encode-event.ts'
import type { Sink } from './history-recorder.ts'

/** Characters that are gathered before they are written. */
const gatheredCharsMax = 65_536

/** A file of its own for one history, which must not be there yet. What was gathered is written at its close. */
export class HistoryFile implements Disposable {
  readonly #file: number
  #gathered = ''

  constructor(path: string) {
    this.#file = openSync(path, 'wx')
  }

  readonly sink: Sink = (event) => {
    this.#gathered += `${encodeEvent(event)}\n`
    if (this.#gathered.length >= gatheredCharsMax) this.#write()
  };

  [Symbol.dispose](): void {
    this.#write()
    closeSync(this.#file)
  }

  #write(): void {
    writeFileSync(this.#file, this.#gathered)
    this.#gathered = ''
  }
}
