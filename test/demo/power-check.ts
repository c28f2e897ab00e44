import type { LedgerLine } from '../support/processes/room-process.ts'
import type { DemoReport } from './report.ts'

/** What the room's own ledger says of power commands: how many there were, and whether any came too early. */
export function judgePower(ledger: readonly LedgerLine[]): {
  readonly power: DemoReport['power']
  readonly wrong: readonly string[]
} {
  const attempts = new Map<string, { bmc: string; step: string; attempts: number }>()
  for (const line of ledger) {
    if (line.kind !== 'reset_accepted' && line.kind !== 'reset_refused') continue
    const { bmc = '', resetType = '' } = line
    const key = `${line.system} ${bmc} ${resetType}`
    const found = attempts.get(key) ?? { bmc, step: resetType === 'On' ? 'on_sent' : 'off_sent', attempts: 0 }
    attempts.set(key, { ...found, attempts: found.attempts + 1 })
  }
  const wrong = ledger
    .filter(({ kind }) => kind === 'overlap')
    .map(({ bmc, system }) => `BMC ${bmc} got a power command for its system ${system} while another one was under way`)
  return { power: [...attempts.values()], wrong }
}
