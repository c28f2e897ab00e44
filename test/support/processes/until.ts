import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again until `ask` gives something, within `timeoutMs`. What it throws counts as nothing yet. */
export async function until<Found>(
  what: string,
  ask: () => Promise<Found | undefined>,
  options: { readonly timeoutMs: number; readonly pauseMs?: number },
): Promise<Found> {
  const deadline = performance.now() + options.timeoutMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const found = await ask()
      if (found !== undefined) return found
    } catch (error) {
      last = error
    }
    await sleep(options.pauseMs ?? 50)
  }
  const why = last instanceof Error ? `: ${last.message}` : ''
  throw new Error(`${what}: not within ${options.timeoutMs} ms${why}`)
}
