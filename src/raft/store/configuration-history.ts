import type { Configuration } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import type { Entry } from '../core/types.ts'
import { configurationAfter } from './configuration.ts'

/**
 * The configurations of a log: the one at its beginning, which stands in a record beside it, and the entries behind that
 * which change it. So the configuration at any index of the log is known: at what main has applied when the peer starts,
 * and at what a snapshot holds, however much has changed since. Nothing is written when a change is applied.
 *
 * An entry is understood only when its configuration is asked for: one of a newer release that is never committed stops
 * nobody.
 */
export class ConfigurationHistory {
  #first: Configuration
  /** Configuration entries behind the first configuration, ascending. */
  #changes: { readonly index: number; readonly data: Uint8Array }[] = []

  constructor(first: Configuration) {
    this.#first = first
  }

  /** Takes an entry of the log; only those of the configuration count. */
  append({ type, index, data }: Entry): void {
    // The record of a new peer holds what entry 1 makes, and entry 1 is still there.
    if (type === 'conf_change' && index > Number(this.#first.index)) this.#changes.push({ index, data })
  }

  /** The entries from this one on are replaced. */
  truncateFrom(index: number): void {
    this.#changes = this.#changes.filter((change) => change.index < index)
  }

  /** The log is cut behind this entry. */
  truncateTo(index: number): void {
    this.#first = this.at(index)
    this.#changes = this.#changes.filter((change) => change.index > index)
  }

  /**
   * The configuration once this entry is applied; the first one for an index before it. Throws `UnknownConfChangeError`.
   */
  at(index: number): Configuration {
    let configuration = this.#first
    for (const change of this.#changes) {
      if (change.index > index) break
      configuration = configurationAfter(configuration, change)
    }
    return configuration
  }
}
