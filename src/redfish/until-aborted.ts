import { trivetError } from '../lib/errors.ts'

/** The promise, unless the signal fires first: then CANCELLED. The promise itself goes on; others may wait for it too. */
export function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(trivetError('CANCELLED', {}))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
