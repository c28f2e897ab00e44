import type { HistoryEvent, Start } from './history-event.ts'
import { historyVersion } from './history-event.ts'
import { LineFields } from './line-fields.ts'
import type { Condition, KeyedRow, Operation, RefusalReason, Result, Row } from './operation.ts'

const refusalReasons: readonly RefusalReason[] = ['absent', 'present', 'changed']

/** Reads one line. Throws an `Error` that says what is wrong with it; a field that the form does not know is wrong. */
export function decodeEvent(line: string): HistoryEvent {
  const fields = LineFields.parse(line)
  const event = decode(fields)
  fields.requireNoMore()
  return event
}

function decode(fields: LineFields): HistoryEvent {
  const event = fields.oneOf('event', ['start', 'begin', 'end', 'change'])
  if (event === 'start') return decodeStart(fields)
  const at = fields.number('at')
  if (event === 'end') return { event, at, op: fields.ordinal('op'), result: decodeResult(fields) }
  const process = fields.text('process')
  const request = fields.optional('request', () => fields.text('request'))
  if (event === 'change') {
    const outcome = fields.oneOf('outcome', ['ok', 'refused'])
    return { event, at, process, revision: fields.ordinal('revision'), outcome, ...(request && { request }) }
  }
  return {
    event,
    at,
    process,
    op: fields.ordinal('op'),
    operation: decodeOperation(fields),
    ...(request && { request }),
    ...(fields.flag('retry') && { retry: true }),
  }
}

function decodeStart(fields: LineFields): Start {
  const history = fields.ordinal('history')
  if (history !== historyVersion)
    throw new Error(`"history" is version ${history}; this program reads ${historyVersion}`)
  const revision = fields.optional('revision', () => fields.ordinal('revision'))
  const rows = fields.optional('rows', () => fields.list('rows', decodeStartRow))
  const about = fields.optional('about', () => fields.free('about'))
  return {
    event: 'start',
    history,
    ...(revision !== undefined && { revision }),
    ...(rows && { rows }),
    ...(about && { about }),
  }
}

function decodeOperation(fields: LineFields): Operation {
  const kind = fields.oneOf('kind', ['put', 'delete', 'get', 'list'])
  if (kind === 'list') return { kind, prefix: fields.anyText('prefix'), ...(fields.flag('stale') && { stale: true }) }
  const key = fields.text('key')
  if (kind === 'get') return { kind, key, ...(fields.flag('stale') && { stale: true }) }
  const condition = fields.optional('if', () => decodeCondition(fields))
  if (kind === 'put') return { kind, key, value: fields.anyText('value'), ...(condition && { if: condition }) }
  if (typeof condition === 'string') throw new Error('"if" of a delete is {"revision": N}')
  return { kind, key, ...(condition && { if: condition }) }
}

function decodeCondition(fields: LineFields): Condition {
  if (fields.isText('if')) return fields.oneOf('if', ['absent', 'present'] as const)
  return fields.object('if', (condition) => ({ revision: condition.ordinal('revision') }))
}

function decodeResult(fields: LineFields): Result {
  const kind = fields.oneOf('result', ['ok', 'refused', 'unknown', 'failed'])
  if (kind === 'unknown' || kind === 'failed') return { kind }
  const revision = fields.optional('revision', () => fields.ordinal('revision'))
  const stamp = revision !== undefined && { revision }
  if (kind === 'refused') return { kind, ...stamp, reason: fields.oneOf('reason', refusalReasons) }
  const row = fields.isNull('row') ? null : fields.optional('row', () => fields.object('row', decodeRow))
  const rows = fields.optional('rows', () => fields.list('rows', decodeKeyedRow))
  return { kind, ...stamp, ...(row !== undefined && { row }), ...(rows && { rows }) }
}

function decodeRow(fields: LineFields): Row {
  const revision = fields.optional('revision', () => fields.ordinal('revision'))
  return { value: fields.anyText('value'), ...(revision !== undefined && { revision }) }
}

function decodeKeyedRow(fields: LineFields): KeyedRow {
  return { key: fields.text('key'), ...decodeRow(fields) }
}

function decodeStartRow(fields: LineFields): Required<KeyedRow> {
  return { key: fields.text('key'), value: fields.anyText('value'), revision: fields.ordinal('revision') }
}
