import type { Entry, Message, ReadState } from '../types.ts'
import type { SimPeer, Turn } from './sim-peer.ts'
import { decodeText } from './text.ts'

/** `4/2:x` is entry 4 of term 2 with the data `x`. */
export function entryText(entry: Entry): string {
  if (entry.type === 'conf_change') return `${entry.index}/${entry.term}:voters`
  const data = decodeText(entry.data)
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
  const { index, logTerm, entries, commit, context, reject, rejectHint } = message
  switch (message.type) {
    case 'append':
      return [`prev=${index}/${logTerm}`, `entries=${entriesText(entries)}`, `commit=${commit}`]
    case 'append_response':
      return reject ? [`index=${index} rejected, hint=${rejectHint}/${logTerm}`] : [`index=${index}`]
    case 'vote':
    case 'pre_vote':
      return [`last=${index}/${logTerm}`, context]
    case 'vote_response':
    case 'pre_vote_response':
      return [reject ? 'rejected' : 'granted']
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
    const { entries, responses } = turn.append
    const parts = [
      hardState === undefined
        ? ''
        : `term=${hardState.term} vote=${hardState.vote || 'none'} commit=${hardState.commit}`,
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
  if (message.type === 'storage_append_response') return `stable ${message.index}/${message.logTerm}`
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
  const { vote, commit, applied, lastIndex, progress } = peer.status
  const others = progress.filter((other) => other.id !== peer.id)
  return [
    `${peer.id}: ${roleText(peer)}, ${vote === '' ? '' : `vote=${vote} `}commit=${commit} applied=${applied} last=${lastIndex}`,
    ...others.map(
      ({ id, state, match, next, inflight, recentActive }) =>
        `   ${id}: ${state} match=${match} next=${next} inflight=${inflight}${recentActive ? '' : ' silent'}`,
    ),
  ]
}

/** What is on the disk of a peer, and what its core holds if that is something else. */
export function logLines(peer: SimPeer): readonly string[] {
  const disk = entriesText(peer.diskEntries())
  const core = entriesText(peer.view)
  return [`${peer.id}: disk ${disk}${peer.up && core !== disk ? ` core ${core}` : ''}`]
}
