import { randomInt } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { furnish } from '../support/processes/furnish.ts'
import { restore } from '../support/processes/restore.ts'
import { useSite } from '../support/processes/use-site.ts'
import { planOf, wordsOf } from './plan.ts'
import { runCase } from './walk-case.ts'

const peers = ['a', 'b', 'c']
const casesDefault = 5

/** The first case's seed; the next ones count on from it. */
const seed = Number(process.env['WALK_SEED'] ?? randomInt(1_000_000))
const cases = Number(process.env['WALK_CASES'] ?? casesDefault)
const plans = Array.from({ length: cases }, (_, index) => planOf(seed + index, peers))

function say(line: string): void {
  process.stderr.write(`walk: ${line}\n`)
}

describe('a session ends right, whichever peer is lost at whatever moment', () => {
  const site = useSite(
    {
      purpose: 'walk',
      peers,
      room: { nodes: 6, args: ['--speed', '20', '--network-speed', '4', '--seed', String(seed)] },
    },
    furnish,
  )

  beforeAll(() => say(`seeds ${seed} to ${seed + cases - 1}; repeat all with WALK_SEED=${seed} WALK_CASES=${cases}`))

  test.each(plans.map((plan) => [wordsOf(plan), plan] as const))('%s', async (words, plan) => {
    await restore(site())
    const failing = `repeat with: WALK_SEED=${plan.seed} WALK_CASES=1 npm run test:walk`
    const outcome = await runCase(site(), plan).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; ${failing}`, { cause: error })
    })
    say(`${words}: peer ${outcome.struck}, the session took ${outcome.sessionMs} ms`)
    expect(outcome.wrong, failing).toEqual([])
  })
})
