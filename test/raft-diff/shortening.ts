import type { Schedule } from './operation.ts'

/** Attempts to shorten one schedule. */
const attemptsMax = 600

/**
 * Leaves out operations as long as the schedule still fails: halves first, then ever smaller parts. What is left out
 * makes some later operations impossible; those do nothing.
 */
export async function shorten(schedule: Schedule, fails: (shorter: Schedule) => Promise<boolean>): Promise<Schedule> {
  let { operations } = schedule
  let attempts = 0
  for (let size = Math.ceil(operations.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let end = operations.length; end > 0 && attempts < attemptsMax; end -= size) {
      const rest = [...operations.slice(0, Math.max(0, end - size)), ...operations.slice(end)]
      attempts++
      if (await fails({ ...schedule, operations: rest })) operations = rest
    }
  }
  return { ...schedule, operations }
}
