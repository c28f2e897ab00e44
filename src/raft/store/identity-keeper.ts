import type { Files } from './files.ts'
import { encodeIdentity, identityCopyFile, identityFile, type Identity } from './identity.ts'

/** Holds the identity of a peer, and writes what changes of it, one change after another. */
export class IdentityKeeper {
  readonly #files: Files
  readonly #directory: string
  #identity: Identity
  #written: Promise<void> = Promise.resolve()

  constructor(files: Files, directory: string, identity: Identity) {
    this.#files = files
    this.#directory = directory
    this.#identity = identity
  }

  get identity(): Identity {
    return this.#identity
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#written.catch(() => {})
  }

  /** Holds from this very turn on; is durable once it has resolved. After a rejection nothing is written any more. */
  change(fields: Partial<Identity>): Promise<void> {
    const identity = { ...this.#identity, ...fields }
    this.#identity = identity
    this.#written = this.#written.then(async () => {
      for (const name of [identityFile, identityCopyFile]) {
        await this.#files.replace(`${this.#directory}/${name}`, encodeIdentity(identity))
      }
    })
    return this.#written
  }
}
