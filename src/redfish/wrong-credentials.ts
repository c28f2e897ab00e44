import { hash, randomBytes } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { limits } from './limits.ts'
import type { BmcCredential } from './port.ts'

/**
 * Credentials that a BMC refused a short while ago. Without this a controller that tries every half minute would lock
 * the account within minutes, two tries at a time. Another credential is tried at once.
 */
export class WrongCredentials {
  readonly #clock: Clock
  /** Never leaves the process: what is kept cannot be compared with anything outside. */
  readonly #salt = randomBytes(16).toString('hex')
  readonly #byAddress = new Map<
    string,
    { readonly digest: string; readonly status: number; readonly untilMs: number }
  >()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The status with which the BMC refused this very credential, while that is remembered. */
  statusOf(address: string, credential: BmcCredential): number | undefined {
    const known = this.#byAddress.get(address)
    if (known === undefined) return undefined
    if (known.untilMs > this.#clock.monotonicMs()) {
      return known.digest === this.#digest(credential) ? known.status : undefined
    }
    this.#byAddress.delete(address)
    return undefined
  }

  remember(address: string, credential: BmcCredential, status: number): void {
    this.#byAddress.delete(address)
    const oldest = this.#byAddress.keys().next()
    if (this.#byAddress.size >= limits.wrongCredentialsMax && oldest.done === false)
      this.#byAddress.delete(oldest.value)
    this.#byAddress.set(address, {
      digest: this.#digest(credential),
      status,
      untilMs: this.#clock.monotonicMs() + limits.wrongCredentialHoldMs,
    })
  }

  forget(address: string): void {
    this.#byAddress.delete(address)
  }

  #digest(credential: BmcCredential): string {
    return hash('sha256', JSON.stringify([this.#salt, credential.username, credential.password]))
  }
}
