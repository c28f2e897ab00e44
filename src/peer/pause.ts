import { setTimeout } from 'node:timers/promises'

/** Resolves after `ms`, or as soon as `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal })
  } catch {
    // The only way for it to reject is the signal, and who pauses looks at it anyway.
  }
}

/** Calls `listener` after `ms`; gives the way to prevent it. */
export function after(ms: number, listener: () => void): () => void {
  const timer = globalThis.setTimeout(listener, ms)
  return () => globalThis.clearTimeout(timer)
}
