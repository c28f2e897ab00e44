import { ChangeService } from '../../src/gen/trivet/change/v1/change_pb.ts'
import type { Site } from '../support/processes/site.ts'
import type { Plan } from './plan.ts'

/** Lines of the ledger that say that a node got what it asked for. */
const fetchKinds = ['script_fetched', 'kernel_fetched', 'initrd_fetched', 'image_fetched', 'document_fetched']

/** Where counting begins: behind everything that is there before the session. */
export interface Start {
  readonly ledgerSeq: number
  readonly revision: number
}

/** Resolves at the n-th line, fetch or commit behind the start. Rejects when `signal` ends first. */
export async function reached(site: Site, moment: Plan['moment'], start: Start, signal: AbortSignal): Promise<void> {
  const events = moment.counted === 'commit' ? commits(site, start, signal) : lines(site, moment, start, signal)
  let count = 0
  for await (const _event of events) if (++count === moment.nth) return
  throw new Error(`${moment.counted} ${moment.nth} never came: the session ended after ${count}`)
}

function lines(site: Site, moment: Plan['moment'], { ledgerSeq }: Start, signal: AbortSignal) {
  return site.room.follow({ after: ledgerSeq, kinds: moment.counted === 'fetch' ? fetchKinds : [], signal })
}

async function* commits(site: Site, { revision }: Start, signal: AbortSignal): AsyncGenerator {
  const stream = site.client(ChangeService).watchChanges({ afterRevision: BigInt(revision) }, { signal })
  try {
    for await (const change of stream) if (!change.bookmark) yield change
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
