import type { WriteCall } from './write-call.ts'

/** How one evaluation of a forwarded write ended, as the leader tells the peer that took it. */
export type LeaderAnswer =
  | { readonly kind: 'ok'; readonly revision: number; readonly replayed: boolean }
  | { readonly kind: 'refused'; readonly revision: number; readonly code: string }
  | { readonly kind: 'turned_away'; readonly code: string }
  | { readonly kind: 'not_leader' }
  | { readonly kind: 'unknown' }

/** What the main threads of two peers say to each other. */
export type RelayMessage =
  | { readonly kind: 'request'; readonly id: number; readonly call: WriteCall; readonly timeoutMs: number }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: LeaderAnswer }
  | { readonly kind: 'cancel'; readonly id: number }

export function encodeRelay(message: RelayMessage): Uint8Array {
  return Buffer.from(JSON.stringify(message))
}

export function decodeRelay(payload: Uint8Array): RelayMessage {
  return JSON.parse(Buffer.from(payload).toString()) as RelayMessage
}
