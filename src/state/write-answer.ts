import type { KeptOutcome } from './pure/outcomes.ts'
import { etagOf } from './pure/row-reader.ts'
import type { WriteAnswer } from './write-request.ts'

/** The answer to a request that was carried out, from its kept outcome: now, or for a retry. */
export function answerTo(
  { revision, outcome }: KeptOutcome,
  how: { readonly incarnation: string; readonly replayed: boolean },
): WriteAnswer {
  const nameRevision = Number(outcome.nameRevision)
  const etag = nameRevision === 0 ? '' : etagOf(how.incarnation, nameRevision)
  return { revision, name: outcome.name, etag, replayed: how.replayed }
}
