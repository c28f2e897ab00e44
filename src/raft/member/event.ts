import type { EntryType, PeerId, Role } from '../core/types.ts'
import type { PacketReader } from './packet-reader.ts'
import type { PacketWriter } from './packet-writer.ts'
import type {
  CommittedEntry,
  ConfChangeAnswer,
  Leadership,
  LogPoint,
  LogRecord,
  MemberConfiguration,
  MemberStatus,
  ReadIndexAnswer,
  RefusalReason,
  TransferAnswer,
} from './port.ts'

/** What the worker says to main. */
export type Event =
  | { readonly kind: 'leadership'; readonly leadership: Leadership }
  | { readonly kind: 'committed'; readonly entries: readonly CommittedEntry[] }
  | { readonly kind: 'refused'; readonly term: number; readonly number: number; readonly reason: RefusalReason }
  | { readonly kind: 'relayed'; readonly from: PeerId; readonly payload: Uint8Array }
  | { readonly kind: 'connection'; readonly peer: PeerId; readonly connected: boolean }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'repairing'; readonly reason: string }
  | { readonly kind: 'sync_wanted'; readonly index: number }
  | { readonly kind: 'snapshot_wanted' }
  | { readonly kind: 'snapshot_unused'; readonly snapshot: string }
  | { readonly kind: 'snapshot_arrived'; readonly index: number }
  | { readonly kind: 'log_point'; readonly id: number; readonly point: LogPoint | undefined }
  | { readonly kind: 'read_answered'; readonly id: number; readonly answer: ReadIndexAnswer }
  | { readonly kind: 'transfer_answered'; readonly id: number; readonly answer: TransferAnswer }
  | { readonly kind: 'conf_change_answered'; readonly id: number; readonly answer: ConfChangeAnswer }
  | { readonly kind: 'configuration'; readonly configuration: MemberConfiguration }
  | { readonly kind: 'status'; readonly id: number; readonly status: MemberStatus }
  /** Is main there? */
  | { readonly kind: 'probe' }
  | { readonly kind: 'log'; readonly record: LogRecord }
  | { readonly kind: 'started'; readonly address: string }
  | { readonly kind: 'failed'; readonly failure: StartFailure }
  | { readonly kind: 'dying'; readonly reason: string }
  | { readonly kind: 'stopped' }

/** An error on its way to the other thread: one of the catalogue with its parameters, or a defect with its text. */
export interface StartFailure {
  readonly code: string | undefined
  readonly params: Readonly<Record<string, string>>
  readonly message: string
}

const kinds = [
  'leadership',
  'committed',
  'refused',
  'relayed',
  'connection',
  'damaged',
  'repairing',
  'sync_wanted',
  'snapshot_wanted',
  'snapshot_unused',
  'snapshot_arrived',
  'log_point',
  'read_answered',
  'transfer_answered',
  'conf_change_answered',
  'configuration',
  'status',
  'probe',
  'log',
  'started',
  'failed',
  'dying',
  'stopped',
] as const satisfies readonly Event['kind'][]

const roles: readonly Role[] = ['follower', 'pre_candidate', 'candidate', 'leader']
const entryTypes: readonly EntryType[] = ['normal', 'conf_change']
const refusalReasons: readonly RefusalReason[] = ['term', 'gap', 'full', 'transfer', 'stopping']
const readFailures = ['timeout', 'stopped', 'damaged'] as const

export function writeEvent(writer: PacketWriter, event: Event): void {
  writer.byte(kinds.indexOf(event.kind))
  switch (event.kind) {
    case 'leadership':
      writer.number(event.leadership.term)
      writer.byte(roles.indexOf(event.leadership.role))
      writer.text(event.leadership.leader)
      writer.number(event.leadership.firstIndex)
      break
    case 'committed':
      writer.number(event.entries.length)
      for (const entry of event.entries) {
        writer.number(entry.index)
        writer.number(entry.term)
        writer.byte(entryTypes.indexOf(entry.type))
        writer.bytes(entry.data)
      }
      break
    case 'refused':
      writer.number(event.term)
      writer.number(event.number)
      writer.byte(refusalReasons.indexOf(event.reason))
      break
    case 'relayed':
      writer.text(event.from)
      writer.bytes(event.payload)
      break
    case 'connection':
      writer.text(event.peer)
      writer.byte(event.connected ? 1 : 0)
      break
    case 'damaged':
    case 'repairing':
    case 'dying':
      writer.text(event.reason)
      break
    case 'sync_wanted':
    case 'snapshot_arrived':
      writer.number(event.index)
      break
    case 'snapshot_unused':
      writer.text(event.snapshot)
      break
    case 'log_point':
      writer.number(event.id)
      writePoint(writer, event.point)
      break
    case 'read_answered':
      writer.number(event.id)
      writeAnswer(writer, event.answer)
      break
    case 'conf_change_answered':
    case 'transfer_answered':
      writer.number(event.id)
      writer.text(JSON.stringify(event.answer))
      break
    case 'configuration':
      writer.text(JSON.stringify(event.configuration))
      break
    case 'status':
      writer.number(event.id)
      writer.text(JSON.stringify(event.status))
      break
    case 'log':
      writer.text(JSON.stringify(event.record))
      break
    case 'started':
      writer.text(event.address)
      break
    case 'failed':
      writer.text(JSON.stringify(event.failure))
      break
    case 'probe':
    case 'snapshot_wanted':
    case 'stopped':
      break
  }
}

/** Byte fields are views of the packet. */
export function readEvent(reader: PacketReader): Event {
  const code = reader.byte()
  const kind = kinds[code]
  switch (kind) {
    case 'leadership': {
      const [term, role, leader, firstIndex] = [reader.number(), roles[reader.byte()]!, reader.text(), reader.number()]
      return { kind, leadership: { term, role, leader, firstIndex } }
    }
    case 'committed':
      return { kind, entries: Array.from({ length: reader.number() }, () => readEntry(reader)) }
    case 'refused':
      return { kind, term: reader.number(), number: reader.number(), reason: refusalReasons[reader.byte()]! }
    case 'relayed':
      return { kind, from: reader.text(), payload: reader.bytes() }
    case 'connection':
      return { kind, peer: reader.text(), connected: reader.byte() === 1 }
    case 'damaged':
    case 'repairing':
    case 'dying':
      return { kind, reason: reader.text() }
    case 'snapshot_unused':
      return { kind, snapshot: reader.text() }
    case 'log_point':
      return { kind, id: reader.number(), point: readPoint(reader) }
    case 'sync_wanted':
    case 'snapshot_arrived':
      return { kind, index: reader.number() }
    case 'read_answered':
      return { kind, id: reader.number(), answer: readAnswer(reader) }
    case 'transfer_answered':
      return { kind, id: reader.number(), answer: JSON.parse(reader.text()) as TransferAnswer }
    case 'conf_change_answered':
      return { kind, id: reader.number(), answer: JSON.parse(reader.text()) as ConfChangeAnswer }
    case 'configuration':
      return { kind, configuration: JSON.parse(reader.text()) as MemberConfiguration }
    case 'status':
      return { kind, id: reader.number(), status: JSON.parse(reader.text()) as MemberStatus }
    case 'log':
      return { kind, record: JSON.parse(reader.text()) as LogRecord }
    case 'started':
      return { kind, address: reader.text() }
    case 'failed':
      return { kind, failure: JSON.parse(reader.text()) as StartFailure }
    case 'probe':
    case 'snapshot_wanted':
    case 'stopped':
      return { kind }
    default:
      throw new RangeError(`no event has the code ${code}`)
  }
}

function readEntry(reader: PacketReader): CommittedEntry {
  const [index, term, type] = [reader.number(), reader.number(), entryTypes[reader.byte()]!]
  return { index, term, type, data: reader.bytes() }
}

function writePoint(writer: PacketWriter, point: LogPoint | undefined): void {
  writer.byte(point === undefined ? 0 : 1)
  if (point === undefined) return
  writer.number(point.index)
  writer.number(point.term)
  writer.bytes(point.chain)
  writer.bytes(point.configuration)
}

function readPoint(reader: PacketReader): LogPoint | undefined {
  if (reader.byte() === 0) return undefined
  const [index, term] = [reader.number(), reader.number()]
  return { index, term, chain: reader.bytes().slice(), configuration: reader.bytes().slice() }
}

function writeAnswer(writer: PacketWriter, answer: ReadIndexAnswer): void {
  writer.byte(answer.ok ? 1 : 0)
  if (!answer.ok) return writer.byte(readFailures.indexOf(answer.reason))
  writer.number(answer.index)
  writer.text(answer.leader)
  writer.number(answer.term)
}

function readAnswer(reader: PacketReader): ReadIndexAnswer {
  if (reader.byte() === 0) return { ok: false, reason: readFailures[reader.byte()]! }
  return { ok: true, index: reader.number(), leader: reader.text(), term: reader.number() }
}
