import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Row, Suite } from '../suite.ts'
import { compareInRounds, median } from '../suite.ts'
import { openAppended, openAppendedBlocking, openPreallocated } from './raw-writer.ts'
import { openStoreWriter } from './store-writer.ts'
import type { Writer } from './writer.ts'

const payloadBytes = 300
const entriesOfAppends = [1, 16, 128] as const
/**
 * Short, because other work on the disk comes in bursts, which shall meet both or spoil a turn and not all of them. What
 * LevelDB does now and then for all appends before is in the mean over all turns, which is told on the way.
 */
const turnMs = 20
const warmUpMs = 500
/** Ways to sync that make no row take a turn in every so many rounds. */
const othersEvery = 10

/** On the disk of the working copy: in a temporary directory a sync may cost nothing. */
const parent = join(import.meta.dirname, '../../.cache')

/** What one writer did in one turn. */
interface Turn {
  readonly entries: number
  readonly elapsedMs: number
  /** Of all threads of the process, in µs. */
  readonly cpuPerAppendUs: number
}

/**
 * Synced appends through the store of a peer, with all that makes them trustworthy, beside a file that just takes the
 * same payloads: plain, appended to, with `fdatasync` in the thread pool. What other ways to sync would give is told on
 * the way.
 */
export const log: Suite = {
  name: 'log',
  roundsDefault: 200,
  async run({ rounds, say }) {
    await mkdir(parent, { recursive: true })
    const directory = await mkdtemp(join(parent, 'bench-log-'))
    const ours = await openStoreWriter(join(directory, 'store'))
    const rival = openAppended(join(directory, 'appended'))
    const others = [
      openAppendedBlocking(join(directory, 'appended-blocking')),
      openPreallocated(join(directory, 'preallocated')),
    ]
    try {
      const rows: Row[] = []
      for (const entries of entriesOfAppends) {
        const turns = await takeTurns({ compared: [ours, rival], others, entries, rounds })
        for (const writer of turns.keys()) say(`${entries} an append, ${writer.name}: ${inWords(turns.get(writer)!)}`)
        const samples = { ours: rates(turns.get(ours)!), rival: rates(turns.get(rival)!) }
        rows.push(compareInRounds(`appends of ${entries} × ${payloadBytes} B`, 'entries/s', samples))
      }
      return rows
    } finally {
      for (const writer of [ours, rival, ...others]) await writer.close()
      await rm(directory, { recursive: true })
    }
  },
}

/** Who is compared takes a turn in each round, who comes first changes; the others follow in some of them. */
async function takeTurns(options: {
  readonly compared: readonly [Writer, Writer]
  readonly others: readonly Writer[]
  readonly entries: number
  readonly rounds: number
}): Promise<ReadonlyMap<Writer, readonly Turn[]>> {
  const { compared, others, entries, rounds } = options
  const payloads = Array.from({ length: entries }, () => randomBytes(payloadBytes))
  const turns = new Map([...compared, ...others].map((writer) => [writer, [] as Turn[]]))
  // What runs for the first time is compiled then, and counts for nobody.
  for (const writer of turns.keys()) await turnOf(writer, payloads, warmUpMs)
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? compared : compared.toReversed()
    for (const writer of round % othersEvery === 0 ? [...order, ...others] : order) {
      turns.get(writer)!.push(await turnOf(writer, payloads, turnMs))
    }
  }
  return turns
}

async function turnOf(writer: Writer, payloads: readonly Uint8Array[], forMs: number): Promise<Turn> {
  const [beganMs, began] = [performance.now(), process.cpuUsage()]
  let appends = 0
  while (performance.now() - beganMs < forMs) {
    await writer.append(payloads)
    appends++
  }
  const { user, system } = process.cpuUsage(began)
  const elapsedMs = performance.now() - beganMs
  return { entries: appends * payloads.length, elapsedMs, cpuPerAppendUs: (user + system) / appends }
}

function rates(turns: readonly Turn[]): number[] {
  return turns.map(rateOf)
}

/** Entries a second. */
function rateOf({ entries, elapsedMs }: Pick<Turn, 'entries' | 'elapsedMs'>): number {
  return (entries * 1_000) / elapsedMs
}

function inWords(turns: readonly Turn[]): string {
  const sum = (of: (turn: Turn) => number): number => turns.reduce((all, turn) => all + of(turn), 0)
  const mean = rateOf({ entries: sum(({ entries }) => entries), elapsedMs: sum(({ elapsedMs }) => elapsedMs) })
  const cpuUs = median(turns.map(({ cpuPerAppendUs }) => cpuPerAppendUs))
  const medianRate = Math.round(median(rates(turns)))
  return `${medianRate} entries/s, ${Math.round(mean)} in all turns together, ${cpuUs.toFixed(0)} µs CPU an append`
}
