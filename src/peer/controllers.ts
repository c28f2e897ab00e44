import { randomBytes } from 'node:crypto'
import { uuid7 } from '../lib/uuid7.ts'
import { controllerPrincipal } from '../services/kernel/authorise.ts'
import type { Controller, ControllerContext, TouchedRow } from '../services/kernel/controller.ts'
import type { Evaluation, Reader } from '../state/read.ts'
import type { WriteAnswer, WriteRequest } from '../state/write-request.ts'
import type { Rule } from '../state/write.ts'

/** Pause before a controller that met a defect starts again. */
const defectPauseMs = 2_000

/** How long a peer that stops waits for its controllers. */
const endMsMax = 5_000

/** What controllers need of the peer that they run on. */
export interface ControllerPorts {
  readonly self: string
  reader(): Reader
  logTimeMs(): number
  submit(request: WriteRequest): Promise<WriteAnswer>
  /** The lease of a term still holds: no other peer can lead. */
  leaseHolds(term: number): boolean
  onChange(tables: readonly string[], listener: (rows: readonly TouchedRow[]) => void): () => void
  log(level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>): void
  /** Resolves after `ms` of monotonic time, or as soon as `signal` aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

/** Runs the controllers while this peer leads, for one term at a time. */
export class Controllers {
  readonly #controllers: readonly Controller[]
  readonly #ports: ControllerPorts
  #running: { readonly term: number; readonly controller: AbortController } | undefined
  /** Resolves when all that ever ran has ended. */
  #ended: Promise<unknown> = Promise.resolve()

  constructor(controllers: readonly Controller[], ports: ControllerPorts) {
    this.#controllers = controllers
    this.#ports = ports
  }

  /**
   * This peer leads `term` and has applied its first entry; undefined: it does not, or not yet. Those of a term begin
   * when those of the term before have ended.
   */
  lead(term: number | undefined): void {
    if (term === this.#running?.term) return
    this.#running?.controller.abort()
    this.#running = undefined
    if (term === undefined) return
    const controller = new AbortController()
    this.#running = { term, controller }
    this.#ended = this.#run(term, controller.signal, this.#ended)
  }

  /**
   * Ends them; resolves when their connections are closed. One that does not end has lost its lease and its signal, so
   * that it cannot act any more, and is waited for no longer than `endMsMax`.
   */
  async stop(): Promise<void> {
    this.lead(undefined)
    const ended = new AbortController()
    const late = this.#ports.pause(endMsMax, ended.signal).then(() => {
      if (!ended.signal.aborted) this.#ports.log('warn', 'a controller does not end', {})
    })
    await Promise.race([this.#ended, late])
    ended.abort()
  }

  async #run(term: number, signal: AbortSignal, before: Promise<unknown>): Promise<void> {
    await before
    await Promise.all(this.#controllers.map((controller) => this.#keepRunning(controller, term, signal)))
  }

  async #keepRunning(controller: Controller, term: number, signal: AbortSignal): Promise<void> {
    const { name } = controller
    if (signal.aborted) return
    const context = this.#contextOf(controller, term, signal)
    while (!signal.aborted) {
      this.#ports.log('info', 'a controller starts', { controller: name })
      const defect = await this.#runOnce(controller, context)
      if (signal.aborted) break
      this.#ports.log('error', 'a controller met a defect and starts again', { controller: name, err: defect })
      await this.#ports.pause(defectPauseMs, signal)
    }
    this.#ports.log('info', 'a controller ended with its term', { controller: name })
  }

  /** What ended it. Ending before its term does is a defect, too. */
  async #runOnce(controller: Controller, context: ControllerContext): Promise<unknown> {
    try {
      await controller.run(context)
      return new Error(`controller ${controller.name} ended before its term`)
    } catch (error) {
      return error
    }
  }

  #contextOf(controller: Controller, term: number, signal: AbortSignal): ControllerContext {
    const ports = this.#ports
    return {
      term,
      signal,
      reader: () => ports.reader(),
      commit: (rule, request) => this.#commit(controller, { rule, request, signal }),
      leaseHolds: () => !signal.aborted && ports.leaseHolds(term),
      onChange: (tables, listener) => ports.onChange(tables, listener),
      sleep: (ms) => ports.pause(ms, signal),
      logTimeMs: () => ports.logTimeMs(),
      log: (level, message, facts = {}) => ports.log(level, message, { controller: controller.name, ...facts }),
    }
  }

  #commit<Request>(
    controller: Controller,
    wanted: { readonly rule: Rule<Request>; readonly request: Request; readonly signal: AbortSignal },
  ): Promise<WriteAnswer> {
    const { rule, request, signal } = wanted
    return this.#ports.submit({
      principal: controllerPrincipal,
      tenant: '',
      requestId: uuid7({ timeMs: this.#ports.logTimeMs(), random: randomBytes(10) }),
      method: `controller/${controller.name}/${rule.name}`,
      reason: '',
      viaPeer: this.#ports.self,
      sourceAddress: '',
      retry: false,
      digest: new Uint8Array(),
      evaluate: (read: Evaluation) => rule(read, request),
      signal,
    })
  }
}
