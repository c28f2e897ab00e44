import { createCore } from '../core.ts'
import { MemoryLog } from '../memory-log.ts'
import { none, type Config, type ConfState, type Entry, type Message, type PeerId, type RawNode } from '../types.ts'
import { defaultSimConfig } from './sim-cluster.ts'
import { encodeText } from './text.ts'

/** A message with empty values for all that is not given. */
export function message(fields: Pick<Message, 'type' | 'from' | 'to'> & Partial<Message>): Message {
  return {
    term: 0,
    logTerm: 0,
    index: 0,
    entries: [],
    commit: 0,
    commitTerm: 0,
    vote: none,
    reject: false,
    rejectHint: 0,
    context: '',
    snapshot: undefined,
    responses: [],
    ...fields,
  }
}

/** An entry; without data as a leader's first one. */
export function entry(index: number, term: number, data = ''): Entry {
  return { index, term, type: 'normal', data: encodeText(data) }
}

/** A configuration that is not joint. */
export function votersOf(...voters: readonly PeerId[]): ConfState {
  return { voters, votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
}

export interface SoloOptions {
  readonly id?: PeerId
  readonly confState?: ConfState
  /** Terms of the entries from index 1 on. */
  readonly terms?: readonly number[]
  readonly term?: number
  readonly commit?: number
  readonly applied?: number
  readonly config?: Partial<Config>
}

/** One core over a log in memory; the test plays all the others. */
export function solo(options: SoloOptions = {}): { readonly core: RawNode; readonly log: MemoryLog } {
  const { id = '1', confState = votersOf('1', '2', '3'), terms = [1], commit = terms.length } = options
  const log = new MemoryLog()
  log.append(terms.map((term, at) => entry(at + 1, term)))
  log.setConfState(confState)
  log.setHardState({ term: options.term ?? terms.at(-1) ?? 0, vote: none, commit })
  const applied = options.applied ?? commit
  const core = createCore({ ...defaultSimConfig, random: () => 0, ...options.config, id, applied }, log)
  return { core, log }
}

/** Takes all that the core wants done until it wants nothing more; its messages, without carrying any out. */
export function drain(core: RawNode): readonly Message[] {
  const messages: Message[] = []
  while (core.hasReady()) messages.push(...core.ready().messages)
  return messages
}

/** Lets the core do all that is only between itself and its disk; returns what leaves for others. */
export function settleAlone(core: RawNode, log: MemoryLog): readonly Message[] {
  const sent: Message[] = []
  const self = core.status().id
  while (core.hasReady()) {
    for (const wanted of core.ready().messages) {
      if (wanted.type === 'storage_append') {
        log.append(wanted.entries)
        if (wanted.term !== 0) log.setHardState({ term: wanted.term, vote: wanted.vote, commit: wanted.commit })
      } else if (wanted.type !== 'storage_apply') sent.push(wanted)
      for (const response of wanted.responses) {
        if (response.to === self) core.step(response)
        else sent.push(response)
      }
    }
  }
  return sent
}

/** Lets the core campaign, with the pre-votes and votes of these peers. */
export function elect(core: RawNode, log: MemoryLog, ...voters: readonly PeerId[]): readonly Message[] {
  const { id } = core.status()
  core.campaign()
  settleAlone(core, log)
  const term = core.status().term + 1
  for (const from of voters) core.step(message({ type: 'pre_vote_response', from, to: id, term }))
  const asked = settleAlone(core, log)
  if (core.status().role !== 'candidate') return asked
  for (const from of voters) core.step(message({ type: 'vote_response', from, to: id, term }))
  return settleAlone(core, log)
}
