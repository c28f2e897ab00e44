import type { Files } from './files.ts'
import { encodeIdentity, type Identity } from './identity.ts'

/** Holds the identity of a peer, and writes what changes of it, one change after another. */
export class IdentityKeeper {
  readonly #files: Files
  readonly #path: string
  #identity: Identity
  #written: Promise<void> = Promise.resolve()

  constructor(files: Files, path: string, identity: Identity) {
    this.#files = files
    this.#path = path
    this.#identity = identity
  }

  get identity(): Identity {
    return this.#identity
  }

  /** Holds from this very turn on; is durable once it has resolved. After a rejection nothing is written any more. */
  change(fields: Partial<Identity>): Promise<void> {
    const identity = { ...this.#identity, ...fields }
    this.#identity = identity
    this.#written = this.#written.then(async () => this.#files.replace(this.#path, encodeIdentity(identity)))
    return this.#written
  }
}
