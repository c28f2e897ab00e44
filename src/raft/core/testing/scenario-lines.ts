import type { Entry, Message, ReadState } from '../types.ts'
import { confStateText } from './conf-text.ts'
import type { SimPeer, Turn } from './sim-peer.ts'
import { decodeText } from './text.ts'

/** `4/2:x` is entry 4 of term 2 with the data `x`; `5/2:joint +4 -1` one that changes the configuration. */
export function entryText(entry: Entry): string {
  const data = decodeText(entry.data)
  if (entry.type === 'conf_change') {
    return `${entry.index}/${entry.term}:${data.startsWith('bootstrap') ? 'voters' : data || 'leave'}`
  }
  const shown = data.length > 8 ? `${data.length} bytes` : data
  return `${entry.index}/${entry.term}${shown === '' ? '' : `:${shown}`}`
}

export function entriesText(entries: readonly Entry[]): string {
  return `[${entries.map(entryText).join(' ')}]`
}

/** One message, with what its kind uses. */
export function messageText(message: Message): string {
  const { from, to, type, term } = message
  return `${from}->${to} ${type} ${[term > 0 ? `term=${term}` : '', ...detailsOf(message)].filter(Boolean).join(' ')}`
}

function detailsOf(message: Message): readonly string[] {
  const { index, logTerm, entries, commit, commitTerm, context, reject, rejectHint, snapshot } = message
  switch (message.type) {
    case 'append':
      return [`prev=${index}/${logTerm}`, `entries=${entriesText(entries)}`, `commit=${commit}`]
    case 'append_response':
      return reject ? [`index=${index} rejected, hint=${rejectHint}/${logTerm}`] : [`index=${index}`]
    case 'snapshot':
      return [`index=${snapshot?.index}/${snapshot?.term}`, `voters=${confStateText(snapshot!.confState)}`]
    case 'vote':
    case 'pre_vote':
      return [`last=${index}/${logTerm}`, context]
    case 'vote_response':
    case 'pre_vote_response':
      return [reject ? 'rejected' : 'granted', reject && commitTerm > 0 ? `commit=${commit}/${commitTerm}` : '']
    case 'heartbeat':
      return [`commit=${commit}`, context === '' ? '' : `round=${context}`]
    case 'heartbeat_response':
      return [context === '' ? '' : `round=${context}`]
    case 'read_index':
      return [`context=${context}`]
    case 'read_index_response':
      return [`context=${context}`, `index=${index}`]
    default:
      return []
  }
}

/** What a peer wants done: its change of role, what it sends, writes, applies, and the reads that are answered. */
export function turnLines(peer: SimPeer, turn: Turn): readonly string[] {
  const lines: string[] = []
  const { softState, hardState, readStates } = turn.ready
  if (softState !== undefined) lines.push(`${peer.id}: ${roleText(peer)}`)
  lines.push(...turn.sent.map(messageText))
  if (turn.append !== undefined) {
    const { entries, responses, snapshot } = turn.append
    const parts = [
      hardState === undefined
        ? ''
        : `term=${hardState.term} vote=${hardState.vote || 'none'} commit=${hardState.commit}`,
      snapshot === undefined ? '' : `snapshot ${snapshot.index}/${snapshot.term}`,
      entries.length === 0 ? '' : `entries=${entriesText(entries)}`,
      turn.ready.mustSync ? '' : 'unsynced',
      responses.length === 0 ? '' : `holds ${responses.map(heldText).join(', ')}`,
    ]
    lines.push(`${peer.id}: write ${parts.filter((part) => part !== '').join(' ')}`)
  }
  if (turn.apply !== undefined) lines.push(`${peer.id}: apply ${entriesText(turn.apply.entries)}`)
  lines.push(...readStates.map((state) => `${peer.id}: ${readText(state)}`))
  return lines
}

function heldText(message: Message): string {
  if (message.type === 'storage_append_response') {
    const { index, logTerm, snapshot } = message
    return [
      index === 0 ? '' : `stable ${index}/${logTerm}`,
      snapshot === undefined ? '' : `installed ${snapshot.index}`,
    ]
      .filter(Boolean)
      .join(', ')
  }
  return message.to === message.from ? `own ${message.type}` : `${message.type} to ${message.to}`
}

function readText(state: ReadState): string {
  return `read ${state.context} at ${state.index}, by ${state.leader} in term ${state.term}`
}

export function roleText(peer: SimPeer): string {
  const { role, term, leader } = peer.status
  if (role === 'leader') return `leads term ${term}`
  if (role !== 'follower') return `${role} in term ${term}`
  return leader === '' ? `follows nobody in term ${term}` : `follows ${leader} in term ${term}`
}

/** A peer in one line, and what it knows of the others if it leads. */
export function statusLines(peer: SimPeer): readonly string[] {
  if (!peer.up) return [`${peer.id}: down`]
  const { vote, commit, applied, firstIndex, lastIndex, progress, transferee } = peer.status
  const others = progress.filter((other) => other.id !== peer.id)
  return [
    `${peer.id}: ${roleText(peer)}, ${vote === '' ? '' : `vote=${vote} `}commit=${commit} applied=${applied} ${firstIndex > 1 ? `first=${firstIndex} ` : ''}last=${lastIndex}${transferee === '' ? '' : `, hands over to ${transferee}`}`,
    ...others.map(
      ({ id, state, match, next, inflight, recentActive, learner, pendingSnapshot }) =>
        `   ${id}: ${state} match=${match} next=${next} inflight=${inflight}${pendingSnapshot > 0 ? ` snapshot=${pendingSnapshot}` : ''}${learner ? ' learner' : ''}${recentActive ? '' : ' silent'}`,
    ),
  ]
}

/** Who counts for a peer: what it has applied. */
export function configLines(peer: SimPeer): readonly string[] {
  return [`${peer.id}: ${peer.up ? `counts ${confStateText(peer.status.confState) || 'nobody'}` : 'down'}`]
}

/** What is on the disk of a peer, and what its core holds if that is something else. */
export function logLines(peer: SimPeer): readonly string[] {
  const disk = entriesText(peer.diskEntries())
  const core = entriesText(peer.view.slice(peer.up ? peer.status.firstIndex - 1 : 0))
  return [`${peer.id}: disk ${disk}${peer.up && core !== disk ? ` core ${core}` : ''}`]
}
