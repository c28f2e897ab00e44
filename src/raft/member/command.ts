import type { PeerId } from '../core/types.ts'
import type { MembershipChange } from '../store/conf-change-entry.ts'
import type { PacketReader } from './packet-reader.ts'
import type { PacketWriter } from './packet-writer.ts'
import type { MadeSnapshot, Proposal } from './port.ts'

/** What main says to the worker. */
export type Command =
  | { readonly kind: 'propose'; readonly proposal: Proposal }
  | { readonly kind: 'read_index'; readonly id: number; readonly timeoutMs: number }
  | { readonly kind: 'applied'; readonly index: number }
  | { readonly kind: 'relay'; readonly to: PeerId; readonly payload: Uint8Array }
  /** Main has handled relayed messages of so many bytes. */
  | { readonly kind: 'relays_taken'; readonly bytes: number }
  /** The answer to `probe`. */
  | { readonly kind: 'probe_answered' }
  /** Main's state survives the loss of power up to here. */
  | { readonly kind: 'state_synced'; readonly index: number }
  | { readonly kind: 'log_point'; readonly id: number; readonly index: number }
  | { readonly kind: 'snapshot_made'; readonly snapshot: MadeSnapshot | undefined }
  | { readonly kind: 'transfer_leader'; readonly id: number; readonly to: PeerId }
  | { readonly kind: 'propose_conf_change'; readonly id: number; readonly change: MembershipChange }
  | { readonly kind: 'status'; readonly id: number }
  | { readonly kind: 'stop' }
  /** The answer to `dying`. */
  | { readonly kind: 'listeners_closed' }

const kinds = [
  'propose',
  'read_index',
  'applied',
  'relay',
  'relays_taken',
  'probe_answered',
  'state_synced',
  'log_point',
  'snapshot_made',
  'transfer_leader',
  'propose_conf_change',
  'status',
  'stop',
  'listeners_closed',
] as const satisfies readonly Command['kind'][]

export function writeCommand(writer: PacketWriter, command: Command): void {
  writer.byte(kinds.indexOf(command.kind))
  switch (command.kind) {
    case 'propose':
      writer.number(command.proposal.term)
      writer.number(command.proposal.number)
      writer.number(command.proposal.previous)
      writer.bytes(command.proposal.data)
      break
    case 'read_index':
      writer.number(command.id)
      writer.number(command.timeoutMs)
      break
    case 'applied':
    case 'state_synced':
      writer.number(command.index)
      break
    case 'relay':
      writer.text(command.to)
      writer.bytes(command.payload)
      break
    case 'relays_taken':
      writer.number(command.bytes)
      break
    case 'log_point':
      writer.number(command.id)
      writer.number(command.index)
      break
    case 'snapshot_made':
      writer.text(JSON.stringify(command.snapshot ?? null))
      break
    case 'transfer_leader':
      writer.number(command.id)
      writer.text(command.to)
      break
    case 'propose_conf_change':
      writer.number(command.id)
      writer.text(JSON.stringify(command.change))
      break
    case 'status':
      writer.number(command.id)
      break
    case 'probe_answered':
    case 'stop':
    case 'listeners_closed':
      break
  }
}

/** Byte fields are views of the packet, except the data of a proposal, which the log keeps for long. */
export function readCommand(reader: PacketReader): Command {
  const code = reader.byte()
  const kind = kinds[code]
  switch (kind) {
    case 'propose': {
      const [term, number, previous] = [reader.number(), reader.number(), reader.number()]
      return { kind, proposal: { term, number, previous, data: reader.bytes().slice() } }
    }
    case 'read_index':
      return { kind, id: reader.number(), timeoutMs: reader.number() }
    case 'applied':
    case 'state_synced':
      return { kind, index: reader.number() }
    case 'relay':
      return { kind, to: reader.text(), payload: reader.bytes() }
    case 'relays_taken':
      return { kind, bytes: reader.number() }
    case 'log_point':
      return { kind, id: reader.number(), index: reader.number() }
    case 'snapshot_made':
      return { kind, snapshot: (JSON.parse(reader.text()) as MadeSnapshot | null) ?? undefined }
    case 'transfer_leader':
      return { kind, id: reader.number(), to: reader.text() }
    case 'propose_conf_change':
      return { kind, id: reader.number(), change: JSON.parse(reader.text()) as MembershipChange }
    case 'status':
      return { kind, id: reader.number() }
    case 'probe_answered':
    case 'stop':
    case 'listeners_closed':
      return { kind }
    default:
      throw new RangeError(`no command has the code ${code}`)
  }
}
