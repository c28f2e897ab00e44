import { invariant } from './invariant.ts'
import { none, type Config } from './types.ts'

/** Asserts the relations between the settings, at the start. */
export function checkConfig(config: Config): void {
  invariant(config.id !== none, 'a peer has an id')
  invariant(Number.isSafeInteger(config.heartbeatTicks) && config.heartbeatTicks >= 1, 'a heartbeat takes a tick')
  invariant(
    Number.isSafeInteger(config.electionTicks) && config.electionTicks > config.heartbeatTicks,
    'heartbeats come more often than elections',
  )
  for (const limit of [
    config.maxAppendBytes,
    config.maxCommittedBytesPerReady,
    config.maxUncommittedBytes,
    config.maxInflightMessages,
    config.maxInflightBytes,
  ]) {
    invariant(limit > 0, 'every limit lets something through')
  }
  invariant(config.maxInflightBytes >= config.maxAppendBytes, 'a whole append fits the window')
}
