/**
 * Waits for one promise at a time, or for the signal. `Promise.race` against one long-lived promise would keep a
 * reaction for every message of a stream until the stream ends; this keeps one.
 */
export class AbortRace {
  readonly #signal: AbortSignal
  readonly #onAbort = (): void => this.#reject?.(this.#signal.reason)
  #reject: ((reason: unknown) => void) | undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', this.#onAbort)
  }

  /**
   * What the promise gives, or the signal's reason if that comes first. What the promise gives afterwards is dropped,
   * an error too: it is its reaction to the signal.
   */
  run<Value>(promise: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#reject = reject
      promise.then(resolve, reject)
      if (this.#signal.aborted) reject(this.#signal.reason)
    })
  }

  release(): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#reject = undefined
  }
}

/**
 * The same messages, until the signal aborts; then it throws the signal's reason at once, even while the source is
 * waiting for something that never comes. The source is told to end in either case.
 */
export async function* untilAborted<Value>(
  source: AsyncIterable<Value>,
  signal: AbortSignal,
): AsyncGenerator<Value, void, undefined> {
  const iterator = source[Symbol.asyncIterator]()
  const race = new AbortRace(signal)
  let exhausted = false
  try {
    for (;;) {
      const next = await race.run(iterator.next())
      if (next.done === true) {
        exhausted = true
        return
      }
      yield next.value
    }
  } finally {
    race.release()
    if (!exhausted) await endSource(iterator, signal)
  }
}

async function endSource(iterator: AsyncIterator<unknown>, signal: AbortSignal): Promise<void> {
  const ended = iterator.return?.()
  if (!signal.aborted) await ended
  // A generator that is waiting takes note of `return` only when its wait is over, which may be never; what it throws
  // then is its reaction to the signal.
  else ended?.catch(() => undefined)
}
