import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { InventoryService } from '../../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { uuid7 } from '../../../src/lib/uuid7.ts'
import { Dice } from '../../../src/raft/core/testing/dice.ts'
import { clusterTimeIn } from '../../../src/rpc/cluster-time.ts'
import type { Condition, Operation, Result } from '../../history/format/operation.ts'
import { isWrite } from '../../history/format/operation.ts'
import type { HistoryRecorder } from '../../history/history-recorder.ts'
import { RecordedGroups } from './recorded-groups.ts'
import type { Site } from './site.ts'
import { until } from './until.ts'

/** Keys begin with this; other groups are no part of the history. */
export const recordedPrefix = 'h-'

/** A try that has no answer by then is given up, and may have been carried out. */
const tryTimeoutMs = 1_000

/** Between two tries while peers are down. */
const pauseMs = 20

/**
 * Clients that write and read a few groups through all peers, and a recorder of all that they ask and are told. When the
 * outcome of a write is not known, a client asks again at another peer with the same request id, once or more often, or
 * leaves it at that.
 */
export class RecordedLoad {
  readonly #site: Site
  readonly #recorder: HistoryRecorder
  readonly #incarnation: string
  readonly #keys: readonly string[]
  readonly #stopped = new AbortController()
  readonly #working: Promise<void>[]
  /** Revisions of rows that some client was shown, the newest last. */
  readonly #shown = new Map<string, number>()
  #logTimeMs: number
  #answered = 0

  constructor(options: {
    readonly site: Site
    readonly recorder: HistoryRecorder
    readonly time: { readonly logTimeMs: number; readonly incarnation: string }
    readonly seed: number
    readonly clients: number
    readonly keys: number
  }) {
    const { site, recorder, time, seed, clients, keys } = options
    this.#site = site
    this.#recorder = recorder
    this.#incarnation = time.incarnation
    this.#logTimeMs = time.logTimeMs
    this.#keys = Array.from({ length: keys }, (_, index) => `${recordedPrefix}${index}`)
    this.#working = Array.from({ length: clients }, (_, index) => this.#work(index, new Dice(seed + index)))
  }

  /** Calls that were answered, however. */
  get answered(): number {
    return this.#answered
  }

  /** Waits until `count` more calls have been answered. */
  async more(count: number): Promise<void> {
    const wanted = this.#answered + count
    await until(
      `${count} more answers`,
      async () => {
        // A client that failed ends the test, with what it failed with.
        await Promise.race([Promise.all(this.#working), sleep(0)])
        return this.#answered >= wanted ? true : undefined
      },
      { timeoutMs: 30_000, pauseMs: 5 },
    )
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await Promise.all(this.#working)
  }

  async #work(index: number, dice: Dice): Promise<void> {
    const name = `c${index}`
    const groups = this.#site.peers.map(
      (peer) =>
        new RecordedGroups({
          client: this.#site.clientOf(peer, InventoryService),
          incarnation: this.#incarnation,
          timeoutMs: tryTimeoutMs,
          onTrailers: (trailers) => {
            this.#logTimeMs = Math.max(this.#logTimeMs, clusterTimeIn(trailers)?.logTimeMs ?? 0)
          },
        }),
    )
    let at = index % groups.length
    for (let count = 0; !this.#stopped.signal.aborted; count++) {
      const operation = this.#drawn(dice, `${name}-${count}`)
      const requestId = isWrite(operation) ? uuid7({ timeMs: this.#logTimeMs, random: randomBytes(10) }) : ''
      for (let retry = false; ; retry = true) {
        const result = await this.#try(name, groups[at]!, operation, { requestId, retry })
        if (result.kind === 'ok' || result.kind === 'refused') break
        at = (at + 1) % groups.length
        await sleep(pauseMs)
        // What failed for sure is not asked again: it would be no retry, and would look like one.
        if (result.kind === 'failed' || !isWrite(operation) || dice.chance(0.3)) break
      }
    }
  }

  async #try(
    process: string,
    groups: RecordedGroups,
    operation: Operation,
    { requestId, retry }: { readonly requestId: string; readonly retry: boolean },
  ): Promise<Result> {
    const isIdentified = isWrite(operation)
    const open = this.#recorder.begin(process, operation, isIdentified ? { request: requestId, retry } : {})
    const write = isIdentified ? { requestId, retry, incarnation: this.#incarnation } : undefined
    const result = await groups.call(operation, write)
    open.end(result)
    this.#learn(operation, result)
    if (result.kind === 'ok' || result.kind === 'refused') this.#answered += 1
    return result
  }

  #drawn(dice: Dice, value: string): Operation {
    const key = dice.pick(this.#keys)
    switch (dice.weighted({ create: 3, update: 4, delete: 1, get: 5, list: 1 })) {
      case 'create':
        return { kind: 'put', key, value, if: 'absent' }
      case 'update':
        return { kind: 'put', key, value, if: this.#condition(dice, key) }
      case 'delete': {
        const condition = this.#condition(dice, key)
        return { kind: 'delete', key, ...(typeof condition === 'object' && { if: condition }) }
      }
      case 'get':
        return { kind: 'get', key }
      case 'list':
        return { kind: 'list', prefix: recordedPrefix }
    }
  }

  /** Any row, or the one that somebody was shown last. */
  #condition(dice: Dice, key: string): Exclude<Condition, 'absent'> {
    const revision = this.#shown.get(key)
    return revision === undefined || dice.chance(0.4) ? 'present' : { revision }
  }

  #learn(operation: Operation, result: Result): void {
    if (result.kind !== 'ok') return
    if (operation.kind === 'put') this.#shown.set(operation.key, result.revision!)
    else if (operation.kind === 'get' && result.row?.revision !== undefined) {
      this.#shown.set(operation.key, result.row.revision)
    }
  }
}
