import { expect, test } from 'vitest'
import type { Change } from './change.ts'
import { RecentChanges } from './recent-changes.ts'

function change(revision: number, sizeBytes = 0): Change {
  const facts = { timeMs: 0, logTimeMs: 0, principal: '', tenant: '', requestId: '', method: '', reason: '', code: '' }
  const rows = [{ table: 't', key: 'k', before: undefined, after: new Uint8Array(sizeBytes) }]
  return { kind: 'change', revision, ...facts, viaPeer: '', sourceAddress: '', rows }
}

const revisions = (changes: readonly Change[] | undefined) => changes?.map(({ revision }) => revision)

test('it gives what is behind a revision, and says when that is not here any more', () => {
  const recent = new RecentChanges({ countMax: 3, bytesMax: 1_000_000 })
  expect(recent.after(0, 10)).toBeUndefined()
  for (let revision = 5; revision <= 9; revision += 1) recent.add(change(revision))
  expect(revisions(recent.after(6, 10))).toEqual([7, 8, 9])
  expect(revisions(recent.after(6, 2))).toEqual([7, 8])
  expect(revisions(recent.after(9, 10))).toEqual([])
  expect(recent.after(5, 10)).toBeUndefined()
})

test('bytes have a bound too, but the last change stays', () => {
  const recent = new RecentChanges({ countMax: 100, bytesMax: 10_000 })
  for (let revision = 1; revision <= 5; revision += 1) recent.add(change(revision, 4_000))
  expect(recent.oldest).toBe(4)
  recent.add(change(6, 50_000))
  expect(recent.oldest).toBe(6)
})
