import type { HistoryEvent } from './history-event.ts'

/** One line of a history, without its end. */
export function encodeEvent(event: HistoryEvent): string {
  switch (event.event) {
    case 'begin': {
      const { event: kind, op, process, at, operation, ...request } = event
      return JSON.stringify({ event: kind, op, process, at, ...operation, ...request })
    }
    case 'end': {
      const { kind, ...rest } = event.result
      return JSON.stringify({ event: event.event, op: event.op, at: event.at, result: kind, ...rest })
    }
    case 'start':
    case 'change':
      return JSON.stringify(event)
  }
}
