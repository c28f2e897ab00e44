import type { JsonObject } from '@bufbuild/protobuf'
import { answerRows } from './answer-text.ts'
import { changingAnswer } from './changing-answer.ts'
import { cellText, isUnset } from './cell.ts'
import { rowKey } from './frame.ts'
import { listen, type Run } from './run.ts'
import { workError } from './shown-error.ts'
import type { CommandTable, WorkTable } from './table.ts'

/** Work as it stands after one word about it. */
export interface WorkMoment {
  /** What the server said. */
  readonly message: JsonObject
  /** The work and all its parts, as far as they were told. */
  readonly whole: JsonObject
}

/**
 * Follows work until it ends, by its stream or by asking again when something changes. The last moment is the one in
 * which it has ended.
 */
export async function* workMoments(
  run: Run,
  follower: CommandTable,
  work: WorkTable,
  request: JsonObject,
): AsyncGenerator<WorkMoment> {
  const source = follower.streams === true ? listen(run, follower, request) : changingAnswer(run, follower, request)
  let whole: JsonObject = {}
  for await (const message of source) {
    whole = merged(whole, message, follower)
    yield { message, whole }
    if (endOf(whole, work) !== undefined) return
  }
}

/** Throws WORK_NOT_COMPLETED unless all of it succeeded. */
export function requireCompleted(whole: JsonObject, work: WorkTable, kind: string): void {
  const state = endOf(whole, work)
  if (state === 'completed') return
  const resource = resourceOf(whole, work)
  const { error_message: errorMessage } = resource
  throw workError({
    kind,
    id: cellText(resource['id']),
    state: state ?? 'not ended',
    errorMessage: isUnset(errorMessage) ? '' : cellText(errorMessage),
  })
}

/** The state in which work has ended; undefined while it goes on. */
function endOf(whole: JsonObject, work: WorkTable): string | undefined {
  const state = resourceOf(whole, work)[work.state]
  return typeof state === 'string' && ends.has(state) ? state : undefined
}

const ends: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled'])

function resourceOf(whole: JsonObject, work: WorkTable): JsonObject {
  return (whole[work.resource] ?? {}) as JsonObject
}

/** A stream tells which parts changed; the others stay as they were. */
function merged(whole: JsonObject, message: JsonObject, { answer }: CommandTable): JsonObject {
  const result = { ...whole, ...message }
  for (const part of answer.parts ?? []) {
    const rows = new Map(answerRows(whole, part).map((row) => [rowKey(row, part), row]))
    for (const row of answerRows(message, part)) rows.set(rowKey(row, part), row)
    result[part.field] = [...rows.values()]
  }
  return result
}
