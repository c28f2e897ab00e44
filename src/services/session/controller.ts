import { SessionState, TargetStep } from '../../gen/trivet/session/v1/session_pb.ts'
import { nodeBoots } from '../boot/tables.ts'
import type { Controller, ControllerContext, TouchedRow } from '../kernel/controller.ts'
import { WakeUp } from '../kernel/wake-up.ts'
import { startRunning } from './rules/change-target.ts'
import { finishSession, sessionsKeptMax, tidySessions } from './rules/finish-session.ts'
import type { StoredSession, StoredTarget } from './rules/references.ts'
import { hasEnded } from './rules/references.ts'
import { sessions, sessionTargets } from './tables.ts'
import type { WorkerPorts } from './target-worker.ts'
import { TargetWorker } from './target-worker.ts'

/** Targets of all sessions that are at work at once. */
export const targetsAtWorkMax = 500

/** The controller looks around after this long, whatever woke it. */
const roundMs = 5_000

/** What targets and rounds may wait for. */
const wakingTables = [sessions.name, sessionTargets.name, nodeBoots.name]

/** Pause before a round or a worker that met a defect begins again. */
const defectPauseMs = 5_000

/** Brings the targets of open sessions to their end, each by a worker of its own. */
export function sessionController(ports: WorkerPorts): Controller {
  return { name: 'session', run: (context) => new SessionRun(context, ports).work() }
}

class SessionRun {
  readonly #context: ControllerContext
  readonly #ports: WorkerPorts
  readonly #workers = new Map<string, { readonly worker: TargetWorker; readonly ended: Promise<void> }>()
  /** Targets at work by session. */
  readonly #inFlight = new Map<string, number>()
  readonly #wakeUp = new WakeUp()

  constructor(context: ControllerContext, ports: WorkerPorts) {
    this.#context = context
    this.#ports = ports
  }

  async work(): Promise<void> {
    const { signal } = this.#context
    const unsubscribe = this.#context.onChange(wakingTables, (rows) => this.#changed(rows))
    try {
      while (!signal.aborted) {
        await this.#round().catch((error: unknown) => this.#pauseAfter(error))
        if (!signal.aborted) await this.#wakeUp.wait(this.#context.sleep(roundMs))
      }
    } finally {
      unsubscribe()
      for (const { worker } of this.#workers.values()) worker.wake()
      await Promise.allSettled([...this.#workers.values()].map(({ ended }) => ended))
      await this.#ports.power.close()
    }
  }

  /** The workers go on: only the round begins again. */
  async #pauseAfter(error: unknown): Promise<void> {
    if (this.#context.signal.aborted) return
    this.#context.log('error', 'a round over the open sessions failed; it is repeated', { error })
    await this.#context.sleep(defectPauseMs)
  }

  #changed(rows: readonly TouchedRow[]): void {
    for (const { table, key } of rows) {
      if (table === nodeBoots.name) this.#wakeNode(key)
      else if (table === sessions.name) this.#wakeSession(key)
    }
    if (rows.some(({ table }) => table !== nodeBoots.name)) this.#wakeUp.notify()
  }

  #wakeNode(nodeId: string): void {
    for (const target of this.#context.reader().bucket(sessionTargets, 'node', nodeId)) {
      this.#workers.get(target.key)?.worker.wake()
    }
  }

  #wakeSession(sessionId: string): void {
    for (const [key, { worker }] of this.#workers) if (key.startsWith(`${sessionId}/`)) worker.wake()
  }

  async #round(): Promise<void> {
    const read = this.#context.reader()
    const open = read.bucket(sessions, 'open', 'open')
    for (const session of open) {
      if (session.value.sessionState === SessionState.PENDING) {
        await this.#context.commit(startRunning, { sessionId: session.key })
      }
      if (!this.#startWorkers(session)) await this.#context.commit(finishSession, { sessionId: session.key })
    }
    if (read.size(sessions) > sessionsKeptMax) await this.#context.commit(tidySessions, {})
    // BMCs have few sessions, and forget idle ones by themselves at best.
    if (open.length === 0 && this.#workers.size === 0) await this.#ports.power.close()
  }

  /** Starts a worker for each target that has none. False when every target has ended. */
  #startWorkers(session: StoredSession): boolean {
    const open = this.#context
      .reader()
      .bucket(sessionTargets, 'session', session.key)
      .filter(({ value }) => !hasEnded(value.step))
    const idle = open.filter(({ key }) => !this.#workers.has(key))
    // A target that began is gone on with, above any limit: its command may be open, or its node off.
    for (const target of idle) if (hasBegun(target)) this.#start(target)
    const { maxInFlight } = session.value
    for (const target of idle) {
      if (hasBegun(target)) continue
      if (this.#workers.size >= targetsAtWorkMax) break
      if (maxInFlight > 0 && (this.#inFlight.get(session.key) ?? 0) >= maxInFlight) break
      this.#start(target)
    }
    return open.length > 0
  }

  #start({ key, value: { sessionId, nodeId } }: StoredTarget): void {
    const worker = new TargetWorker(this.#context, this.#ports, { sessionId, nodeId })
    this.#count(sessionId, 1)
    const ended = worker
      .work()
      .catch(async (error: unknown) => {
        if (this.#context.signal.aborted) return
        const facts = { sessionId, nodeId, error }
        this.#context.log('error', 'a target of a session met a defect; it is gone on with', facts)
        await this.#context.sleep(defectPauseMs)
      })
      .finally(() => {
        this.#workers.delete(key)
        this.#count(sessionId, -1)
        this.#wakeUp.notify()
      })
    this.#workers.set(key, { worker, ended })
  }

  #count(sessionId: string, change: number): void {
    const count = (this.#inFlight.get(sessionId) ?? 0) + change
    if (count === 0) this.#inFlight.delete(sessionId)
    else this.#inFlight.set(sessionId, count)
  }
}

/** A target that waits for its first turn can wait on; any other was begun. */
function hasBegun({ value }: StoredTarget): boolean {
  return value.step !== TargetStep.QUEUED || value.attempt > 0 || value.retriesUsed > 0 || value.refusals > 0
}
