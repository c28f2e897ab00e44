import { parentPort, workerData } from 'node:worker_threads'

/*
 * A thread that does nothing but tick, and counts ticks that come too late. Give it what `BareTimer` says; it answers
 * every message with its count.
 */
const { tickMs, slackMs } = workerData as { readonly tickMs: number; readonly slackMs: number }
let lastMs = performance.now()
let late = 0

setInterval(() => {
  const nowMs = performance.now()
  if (nowMs - lastMs > tickMs + slackMs) late++
  lastMs = nowMs
}, tickMs)

parentPort!.on('message', () => parentPort!.postMessage(late))
