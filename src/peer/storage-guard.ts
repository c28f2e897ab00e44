import { trivetError } from '../lib/errors.ts'
import type { Write } from '../state/write.ts'
import type { WriteAnswer, WriteRequest } from '../state/write-request.ts'

/** What the guard stands on. */
export interface StorageGuardPorts {
  /** Ids and names of all voters, this peer among them. */
  readonly voters: readonly { readonly id: string; readonly name: string }[]
  readonly self: string
  /** Tells another peer about this one, at most once. */
  readonly tell: (to: string, reason: string) => void
}

/** A request that makes the state grow, while there is no room: nothing of the state refuses it, so no outcome is kept. */
class NoRoom extends Error {
  override readonly name = 'NoRoom'
}

/**
 * What a leader takes while disks are full: reads, and writes that remove at least as many rows as they put. It refuses
 * the rest while its own disk has no room, or the disks of so many peers that those with room are no majority: one full
 * disk among several is no reason to stop everybody, who could go on without that peer.
 */
export class StorageGuard {
  readonly #ports: StorageGuardPorts
  readonly #alarms = new Map<string, string>()

  constructor(ports: StorageGuardPorts) {
    this.#ports = ports
  }

  /** This peer's own disk: why it has no room; '' if it has. */
  own(reason: string): void {
    this.#set(this.#ports.self, reason)
    for (const { id } of this.#ports.voters) if (id !== this.#ports.self) this.#ports.tell(id, reason)
  }

  /** Another peer says so of its own. */
  heard(from: string, reason: string): void {
    this.#set(from, reason)
  }

  /** A peer is there, or there again, and knows nothing. */
  connected(peer: string): void {
    this.#ports.tell(peer, this.#alarms.get(this.#ports.self) ?? '')
  }

  /** Why nothing may grow, in words; '' if it may. */
  get refusal(): string {
    const { voters, self } = this.#ports
    const full = voters.filter(({ id }) => this.#alarms.has(id))
    const hasMajority = (voters.length - full.length) * 2 > voters.length
    if (hasMajority && !this.#alarms.has(self)) return ''
    return full.map(({ id, name }) => `${name}: ${this.#alarms.get(id)}`).join('; ')
  }

  /** Hands a write on, as far as there is room for it. Rejects like `submit`, and with STORAGE_FULL. */
  async submit(request: WriteRequest, submit: (request: WriteRequest) => Promise<WriteAnswer>): Promise<WriteAnswer> {
    const evaluate: WriteRequest['evaluate'] = (read) => {
      const writes = request.evaluate(read)
      if (this.refusal !== '' && grows(writes)) throw new NoRoom()
      return writes
    }
    try {
      return await submit({ ...request, evaluate })
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error
      throw trivetError('STORAGE_FULL', { reason: this.refusal }, { cause: error })
    }
  }

  #set(peer: string, reason: string): void {
    if (reason === '') this.#alarms.delete(peer)
    else this.#alarms.set(peer, reason)
  }
}

function grows(writes: readonly Write[]): boolean {
  const count = (kind: Write['kind']) => writes.filter((write) => write.kind === kind).length
  return count('put') > count('remove')
}
