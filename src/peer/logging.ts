import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import type { LogLevel } from './config.ts'

/** What every line carries beside its own facts, read anew for each. */
export interface LogContext {
  readonly peer: string
  readonly term: number
  readonly index: number
}

/**
 * The log of a peer: JSON lines on stderr, one a fact, with peer, term and applied index in each. Written at once:
 * what was logged before a `kill -9` is there.
 */
export function makeLogger(options: {
  readonly level: LogLevel
  readonly context: () => LogContext
  readonly destination?: DestinationStream
}): Logger {
  const { level, context, destination = pino.destination({ fd: 2, sync: true }) } = options
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      mixin: () => ({ ...context() }),
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['password', '*.password', 'secret', '*.secret'], censor: '(redacted)' },
    },
    destination,
  )
}
