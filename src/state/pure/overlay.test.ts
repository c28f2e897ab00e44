import fc from 'fast-check'
import { expect, test } from 'vitest'
import { put, remove } from '../write.ts'
import type { Step } from '../testing/log-writer.ts'
import { LogWriter } from '../testing/log-writer.ts'
import { boxes, shelves } from '../testing/tables.ts'
import type { PendingWrite } from './overlay.ts'
import { Overlay } from './overlay.ts'
import { RowReader } from './row-reader.ts'
import { Row } from './row.ts'
import type { Rows } from './rows.ts'

/** One change of a row: of a shelf, or of a box on it. */
interface Change {
  readonly shelf: 'a' | 'b' | 'c'
  readonly box: '' | '1' | '2'
  readonly isRemoved: boolean
  readonly text: 'x' | 'y' | ''
}

const change: fc.Arbitrary<Change> = fc.record({
  shelf: fc.constantFrom('a', 'b', 'c'),
  box: fc.constantFrom('', '1', '2'),
  isRemoved: fc.boolean(),
  text: fc.constantFrom('x', 'y', ''),
})

/** A step that does as much of the change as is allowed: overlay and state then have done the same. */
const step =
  ({ shelf, box, isRemoved, text }: Change): Step =>
  (read) => {
    const owner = read.get(shelves, shelf)
    if (box !== '') {
      const found = read.get(boxes, `${shelf}/${box}`)
      if (isRemoved) return found ? [remove(boxes, found)] : []
      return owner ? [put(boxes, { shelfId: shelf, boxId: box, colour: text })] : []
    }
    if (isRemoved) return owner ? [remove(shelves, owner)] : []
    const holder = read.unique(shelves, 'name', ['', text])
    const name = holder === undefined || holder.key === shelf ? text : ''
    return [put(shelves, { id: shelf, name, labels: [text, 'all'] })]
  }

/** Everything that can be read, in one value. */
function picture(rows: Rows & { readonly revision: number }): unknown {
  const read = new RowReader(rows, { times: { timeMs: 0, logTimeMs: 0 }, incarnation: 'i' })
  const plain = (row: { key: string; revision: number } | undefined) => row && `${row.key}@${row.revision}`
  const keys = ['a', 'b', 'c']
  return {
    revision: rows.revision,
    sizes: [read.size(shelves), read.size(boxes)],
    shelves: [...read.all(shelves)].map(plain),
    after: [...read.all(shelves, 'a')].map(plain),
    boxes: [...read.all(boxes)].map((row) => `${plain(row)} ${row.value.colour}`),
    names: ['x', 'y'].map((name) => plain(read.unique(shelves, 'name', ['', name]))),
    labels: ['x', 'y', '', 'all'].map((label) => read.bucket(shelves, 'label', label).map(plain)),
    counts: ['x', 'y', '', 'all'].map((label) => read.count(shelves, 'label', label)),
    onShelf: keys.map((key) => [read.count(boxes, 'shelf', key), ...read.bucket(boxes, 'shelf', key).map(plain)]),
    colours: ['x', 'y'].map((key) => [
      read.count(boxes, 'colour', key),
      ...read.bucket(boxes, 'colour', key).map(plain),
    ]),
    owned: keys.map((key) => rows.owned('box', key).map(plain)),
  }
}

/** The overlay's view of a transaction that was applied elsewhere. */
function pendingOf(applied: ReturnType<LogWriter['write']>): PendingWrite[] {
  return applied.transactions.flatMap(({ effects }) => effects.map(({ table, key, row }) => ({ table, key, row })))
}

test('rule 3: through the overlay one sees what applied state will be, while transactions come, are applied and dropped', () => {
  const events = fc.array(fc.oneof(change, fc.constant('apply' as const), fc.constant('drop' as const)), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 10 }), events, (before, steps) => {
      // `ahead` has applied all of it, `behind` lacks what is pending: with the overlay over it they must look alike.
      const behind = new LogWriter()
      for (const one of before) behind.write(step(one))
      const overlay = new Overlay(behind.state)
      const pending: Step[] = []
      const look = () => {
        const ahead = new LogWriter()
        for (const one of before) ahead.write(step(one))
        for (const one of applied) ahead.write(one)
        for (const one of pending) ahead.write(one)
        expect(picture(overlay)).toEqual(picture(ahead.state))
      }
      const applied: Step[] = []
      for (const one of steps) {
        if (one === 'apply') {
          const next = pending.shift()
          if (next === undefined) continue
          applied.push(next)
          overlay.applied(behind.write(next).transactions[0]!.revision)
        } else if (one === 'drop') {
          if (pending.pop() !== undefined) overlay.drop(overlay.revision)
        } else {
          const ahead = new LogWriter()
          for (const earlier of [...before.map(step), ...applied, ...pending]) ahead.write(earlier)
          pending.push(step(one))
          overlay.push(pendingOf(ahead.write(step(one))))
        }
        look()
      }
      expect(overlay.length).toBe(pending.length)
      overlay.clear()
      expect(picture(overlay)).toEqual(picture(behind.state))
    }),
    { numRuns: 60 },
  )
})

test('a bucket whose rows have one owner counts as a whole, one with several is looked through', () => {
  const writer = new LogWriter()
  const row = (key: string, owner: string) =>
    new Row(boxes.row, {
      key,
      revision: 1,
      bytes: new Uint8Array(),
      unique: [],
      owner,
      buckets: [{ index: 'colour', key: 'x' }],
    })
  const push = (overlay: Overlay, key: string, owner: string) =>
    overlay.push([{ table: 'box', key, row: row(key, owner) }])
  const overlay = new Overlay(writer.state)
  expect(overlay.bucketOwner('box', 'colour/x')).toBeUndefined()
  push(overlay, 'a/1', 'a')
  push(overlay, 'a/2', 'a')
  expect(overlay.bucketOwner('box', 'colour/x')).toBe('a')
  push(overlay, 'b/1', 'b')
  expect(overlay.bucketOwner('box', 'colour/x')).toBeUndefined()
  const red = (shelfId: string) => put(boxes, { shelfId, boxId: '1', colour: 'x' })
  writer.write(() => [put(shelves, { id: 'a' }), put(shelves, { id: 'b' }), red('a')])
  const over = new Overlay(writer.state)
  push(over, 'a/2', 'a')
  expect(over.bucketOwner('box', 'colour/x')).toBe('a')
  writer.write(() => [red('b')])
  const mixed = new Overlay(writer.state)
  push(mixed, 'a/2', 'a')
  expect(mixed.bucketOwner('box', 'colour/x')).toBeUndefined()
})
