import type { Reader } from '../state/read.ts'

/** What the boot listener needs of this peer. */
export interface BootPorts {
  /** Applied state of this peer. */
  reader(): Reader
  /**
   * `ok` when what the reader shows is confirmed with the leader: a ReadIndex round that began after the call is
   * applied. Not `ok` after `timeoutMs` without. Never rejects.
   */
  linearizable(timeoutMs: number): Promise<{ readonly ok: boolean }>
  /** Index that this peer has applied, and milliseconds since it last heard that it is up to date. */
  freshness(): { readonly appliedIndex: number; readonly ageMs: number }
  /** Brings fetches of scripts to the leader. Rejects when that did not work now. */
  reportFetches(fetches: readonly { nodeId: string; attemptId: string; timeMs: number }[]): Promise<void>
  /** Brings a node's report to the leader; resolves after the commit. Rejects when that did not work in time. */
  reportBoot(report: { readonly nodeId: string; readonly attemptId: string }): Promise<void>
  /** Something that an operator wants to know: a machine that names two nodes. */
  audit(message: string, facts: Readonly<Record<string, unknown>>): void
}
