import type { Change } from '../../../src/state/change.ts'
import type { TransactionOracle } from './transaction-oracle.ts'
import { expectHolds } from './violation.ts'

/** Every watcher sees every revision once, in order, and at every peer the same. */
export class ChangeOracle {
  readonly #transactions: TransactionOracle
  readonly #known: string[] = []

  constructor(transactions: TransactionOracle) {
    this.#transactions = transactions
  }

  /** A watcher that has everything up to `after` sees the next change. */
  sees(change: Change, after: number, who: string): void {
    const { revision, requestId, rows, code, logTimeMs } = change
    expectHolds(revision === after + 1, 'change stream', () => `${who} sees revision ${revision} after ${after}`)
    const expected = this.#transactions.requestOf(revision)
    expectHolds(
      requestId === expected,
      'change stream',
      () => `${who} sees request ${requestId} at revision ${revision}, not ${expected}`,
    )
    const texts = rows.map(({ table, key, before, after: now }) => `${table}/${key} ${textOf(before)} ${textOf(now)}`)
    const text = `${code} ${logTimeMs} ${texts.sort().join()}`
    const known = (this.#known[revision] ??= text)
    expectHolds(known === text, 'change stream', () => `${who} sees revision ${revision} as ${text}, not ${known}`)
  }
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '-' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
