import type { JsonObject } from '@bufbuild/protobuf'
import { setTimeout } from 'node:timers/promises'
import { isTrivetError } from '../lib/errors.ts'
import { isWorthRetrying } from '../rpc/failover-policy.ts'
import { Bell } from './bell.ts'
import { refreshPauseMs } from './limits.ts'
import { ask, listen, type Run } from './run.ts'
import type { CommandTable } from './table.ts'

/**
 * An answer, and again whenever something changes anywhere, at most every `refreshPauseMs`, until the reader leaves.
 * Peers that are away for a while are waited for. Nothing is missed: a list says on which revision it stands, and other
 * answers are asked for behind a revision that was known before.
 */
export async function* changingAnswer(run: Run, table: CommandTable, request: JsonObject): AsyncGenerator<JsonObject> {
  const before = table.pages === true ? undefined : revisionOf(await ask(run, getPeerStatus, {}))
  const answer = await ask(run, table, request)
  yield answer
  const bell = new Bell((signal) => changes(run, revisionOf(answer) ?? before, signal))
  try {
    for (;;) {
      await bell.next()
      const fresh = await askPatiently(run, table, request)
      if (fresh !== undefined) yield fresh
      await setTimeout(refreshPauseMs, undefined, { signal: run.surroundings.signal })
    }
  } finally {
    bell.stop()
  }
}

/** Undefined while the peers are away; the change stream rings when they are back. */
async function askPatiently(run: Run, table: CommandTable, request: JsonObject): Promise<JsonObject | undefined> {
  try {
    return await ask(run, table, request)
  } catch (error) {
    if (isWorthRetrying(error)) return undefined
    throw error
  }
}

const getPeerStatus = { service: 'trivet.operator.v1.OperatorService', method: 'GetPeerStatus' }

const watchChanges = { service: 'trivet.change.v1.ChangeService', method: 'WatchChanges' }

/**
 * What the change stream says, bookmarks too, from the revision on. A history that is gone, or one that came faster
 * than it was read, begins anew: whatever it was, it is a change.
 */
async function* changes(run: Run, from: string | undefined, signal: AbortSignal): AsyncGenerator<JsonObject> {
  let request: JsonObject = from === undefined ? {} : { after_revision: from }
  for (;;) {
    try {
      yield* listen(run, watchChanges, request, signal)
      return
    } catch (error) {
      if (!isTrivetError(error, 'CHANGES_COMPACTED') && !isTrivetError(error, 'WATCH_TOO_SLOW')) throw error
      request = {}
      yield {}
    }
  }
}

function revisionOf(answer: JsonObject): string | undefined {
  const { revision } = answer
  return typeof revision === 'string' ? revision : undefined
}
