import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { MemberStatus } from '../raft/index.ts'
import type { StorageUse } from './storage-room.ts'

/** Numbers of this peer that are read when somebody asks. */
export interface MetricSources {
  readonly term: () => number
  readonly leading: () => boolean
  readonly hasLeader: () => boolean
  readonly appliedIndex: () => number
  readonly revision: () => number
  readonly writesWaiting: () => number
  readonly forwardedWaiting: () => number
  readonly ready: () => boolean
  readonly damaged: () => boolean
  /** What the member counts, in its own thread; undefined once it has stopped. */
  readonly member: () => Promise<MemberCounts | undefined>
  readonly longSnapshotSlices: () => number
  readonly storage: () => StorageUse & { readonly alarm: boolean }
}

/** Counts of the consensus thread since the start, and its log as it is. */
export type MemberCounts = Pick<
  MemberStatus,
  'electionsWon' | 'mainStalls' | 'lateTicks' | 'firstIndex' | 'lastIndex' | 'logBytes'
>

/** What `/metrics` says. Names end in their unit. */
export class Metrics {
  readonly registry = new Registry()
  /** Calls of the API by method and code: OK, or the one of the error. */
  readonly calls: Counter<'method' | 'code'>
  readonly callSeconds: Histogram<'method'>
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 20 })

  constructor(sources: MetricSources) {
    const { registry } = this
    collectDefaultMetrics({ register: registry })
    const registers = [registry]
    this.calls = new Counter({
      name: 'trivet_api_calls_total',
      help: 'Calls of the API',
      labelNames: ['method', 'code'],
      registers,
    })
    this.callSeconds = new Histogram({
      name: 'trivet_api_call_seconds',
      help: 'Time to answer a unary call',
      labelNames: ['method'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    })
    const gauge = (name: string, help: string, read: () => number): void => {
      const made = new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read())
        },
      })
      registry.registerMetric(made)
    }
    const count = (name: string, help: string, read: () => Promise<number | undefined> | number): void => {
      const made = new Counter({
        name,
        help,
        registers: [],
        async collect() {
          const counted = await read()
          if (counted === undefined) return
          this.reset()
          this.inc(counted)
        },
      })
      registry.registerMetric(made)
    }
    const countOf = (field: keyof MemberCounts) => async () => (await sources.member())?.[field]
    count('trivet_raft_elections_won_total', 'Times that this peer became leader', countOf('electionsWon'))
    count(
      'trivet_raft_main_stalls_total',
      'Times that the main thread did not answer for so long that it costs leadership',
      countOf('mainStalls'),
    )
    count(
      'trivet_raft_late_ticks_total',
      'Ticks of consensus, and heartbeats with them, that came later than their slack',
      countOf('lateTicks'),
    )
    gauge('trivet_raft_term', 'The present term', sources.term)
    gauge('trivet_raft_leading', '1 while this peer leads', () => Number(sources.leading()))
    gauge('trivet_raft_has_leader', '1 while this peer knows a leader', () => Number(sources.hasLeader()))
    gauge('trivet_applied_index', 'Last applied index', sources.appliedIndex)
    gauge('trivet_revision', 'Revision of the last applied transaction', sources.revision)
    gauge('trivet_writes_waiting', 'Writes that wait for their answer at this leader', sources.writesWaiting)
    gauge('trivet_forwarded_waiting', 'Writes that wait for another peer', sources.forwardedWaiting)
    gauge('trivet_ready', '1 while this peer is ready', () => Number(sources.ready()))
    gauge('trivet_damaged', '1 if this peer is damaged, and serves nothing', () => Number(sources.damaged()))
    count(
      'trivet_snapshot_long_slices_total',
      'Pieces of work to make a snapshot that held the main loop for over 10 ms',
      sources.longSnapshotSlices,
    )
    const log = (name: string, help: string, field: 'firstIndex' | 'lastIndex' | 'logBytes'): void => {
      const made = new Gauge({
        name,
        help,
        registers: [],
        async collect() {
          const status = await sources.member()
          if (status !== undefined) this.set(status[field])
        },
      })
      registry.registerMetric(made)
    }
    log('trivet_log_first_index', 'First entry that the log holds; those before it were cut off', 'firstIndex')
    log('trivet_log_last_index', 'Last entry that the log holds', 'lastIndex')
    log('trivet_log_size_bytes', 'Bytes of the entries that the log holds', 'logBytes')
    gauge('trivet_storage_used_bytes', 'Size of the data directory', () => sources.storage().usedBytes)
    gauge('trivet_storage_free_bytes', 'Free space on its disk', () => sources.storage().freeBytes)
    gauge('trivet_storage_alarm', '1 while its disk has no room', () => Number(sources.storage().alarm))
    const delay = this.#loopDelay
    delay.enable()
    gauge('trivet_main_loop_delay_p99_seconds', 'How late the main loop runs, since the last scrape', () => {
      const p99 = delay.percentile(99) / 1e9
      delay.reset()
      return p99
    })
  }

  /** Nothing is measured any more. */
  stop(): void {
    this.#loopDelay.disable()
    this.registry.clear()
  }
}
