import type { Config, PeerId } from '../core/types.ts'
import {
  appendBytesMax,
  committedBytesPerReadyMax,
  electionTicks,
  heartbeatTicks,
  inflightBytesMax,
  inflightMessagesMax,
  uncommittedBytesMax,
} from './limits.ts'

/** The core's settings, in ticks of `tickMs`. */
export function coreConfig(member: {
  readonly self: PeerId
  readonly appliedIndex: number
  readonly random: (below: number) => number
}): Config {
  return {
    id: member.self,
    electionTicks,
    heartbeatTicks,
    applied: member.appliedIndex,
    maxAppendBytes: appendBytesMax,
    maxCommittedBytesPerReady: committedBytesPerReadyMax,
    maxUncommittedBytes: uncommittedBytesMax,
    maxInflightMessages: inflightMessagesMax,
    maxInflightBytes: inflightBytesMax,
    random: member.random,
  }
}
