import { trivetError } from '../lib/errors.ts'
import { limits } from './limits.ts'

/** What one exploration may still read. A hostile BMC could otherwise link to new documents without end. */
export class ExploreBudget {
  readonly #address: string
  #gets = 0
  #bytes = 0

  constructor(address: string) {
    this.#address = address
  }

  get gets(): number {
    return this.#gets
  }

  /** Counts a GET that is about to leave. Errors: BMC_LIMIT_EXCEEDED. */
  spendGet(): void {
    if (this.#gets >= limits.getsMax) throw this.#exceeded('it links to ever more resources', limits.getsMax, 'GETs')
    this.#gets++
  }

  /** Counts a body that came. Errors: BMC_LIMIT_EXCEEDED. */
  spendBytes(sizeBytes: number): void {
    this.#bytes += sizeBytes
    if (this.#bytes > limits.exploreBytesMax) {
      throw this.#exceeded('its answers are too large together', limits.exploreBytesMax, 'bytes')
    }
  }

  #exceeded(what: string, limit: number, unit: string) {
    return trivetError('BMC_LIMIT_EXCEEDED', { address: this.#address, what, limit, unit })
  }
}
