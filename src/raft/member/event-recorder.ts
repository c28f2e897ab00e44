import type { CommittedEntry, Leadership, MemberConfiguration, MemberEvents } from './port.ts'

/** Keeps what a member tells, in order, for tests. */
export class EventRecorder implements MemberEvents {
  readonly leaderships: Leadership[] = []
  readonly entries: { readonly index: number; readonly term: number; readonly type: string; readonly text: string }[] =
    []
  readonly refusals: { readonly term: number; readonly number: number; readonly reason: string }[] = []
  readonly relays: { readonly from: string; readonly text: string }[] = []
  readonly connections: { readonly peer: string; readonly connected: boolean }[] = []
  readonly damages: string[] = []
  /** Reasons, and '' for each repair that has ended. */
  readonly repairs: string[] = []
  /** Indexes up to which the state was to be made durable. */
  readonly syncsWanted: number[] = []
  readonly configurations: MemberConfiguration[] = []
  /** Names of the events, in order. */
  readonly order: string[] = []

  leadership(leadership: Leadership): void {
    this.leaderships.push(leadership)
    this.order.push(`leadership ${leadership.role} ${leadership.term}`)
  }

  committed(entries: readonly CommittedEntry[]): void {
    for (const { index, term, type, data } of entries) {
      this.entries.push({ index, term, type, text: type === 'normal' ? Buffer.from(data).toString() : '' })
      this.order.push(`committed ${index}`)
    }
  }

  refused(refusal: { readonly term: number; readonly number: number; readonly reason: string }): void {
    this.refusals.push(refusal)
    this.order.push(`refused ${refusal.number} ${refusal.reason}`)
  }

  relayed(message: { readonly from: string; readonly payload: Uint8Array }): void {
    this.relays.push({ from: message.from, text: Buffer.from(message.payload).toString() })
  }

  configuration(configuration: MemberConfiguration): void {
    this.configurations.push(configuration)
  }

  connection(change: { readonly peer: string; readonly connected: boolean }): void {
    this.connections.push(change)
  }

  damaged(reason: string): void {
    this.damages.push(reason)
  }

  syncWanted(index: number): void {
    this.syncsWanted.push(index)
  }

  snapshotWanted(): void {
    this.order.push('snapshot wanted')
  }

  snapshotUnused(id: string): void {
    this.order.push(`snapshot ${id} unused`)
  }

  snapshotArrived(index: number): void {
    this.order.push(`snapshot arrived ${index}`)
  }

  repairing(reason: string): void {
    this.repairs.push(reason)
  }
}
