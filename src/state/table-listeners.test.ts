import { expect, test } from 'vitest'
import type { TouchedRow } from './table-listeners.ts'
import { TableListeners } from './table-listeners.ts'

function listeners() {
  const tasks: (() => void)[] = []
  const scheduler = { soon: (task: () => void) => void tasks.push(task), after: () => () => {} }
  const run = () => {
    for (const task of tasks.splice(0)) task()
  }
  return { listeners: new TableListeners(scheduler), tasks, run }
}

const effect = (table: string, key = 'k') => ({ table, key, row: undefined, hash: undefined })

test('a listener is told once for what comes together, in order, and only of its tables', () => {
  const { listeners: list, tasks, run } = listeners()
  const told: (readonly TouchedRow[])[] = []
  list.add(['a', 'b'], (rows) => told.push(rows))
  list.touched([effect('c')])
  expect(tasks).toHaveLength(0)
  list.touched([effect('a', '1'), effect('c'), effect('b', '2')])
  list.touched([effect('a', '3')])
  expect(told).toEqual([])
  run()
  expect(told.map((rows) => rows.map(({ table, key }) => table + key))).toEqual([['a1', 'b2', 'a3']])
  list.touched([effect('b')])
  run()
  expect(told).toHaveLength(2)
})

test('a listener that ended is not told any more, not even of what was on its way', () => {
  const { listeners: list, run } = listeners()
  let told = 0
  const end = list.add(['a'], () => (told += 1))
  list.touched([effect('a')])
  end()
  run()
  list.touched([effect('a')])
  run()
  expect(told).toBe(0)
})
