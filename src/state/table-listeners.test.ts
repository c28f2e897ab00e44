import { expect, test } from 'vitest'
import { TableListeners } from './table-listeners.ts'

function listeners() {
  const tasks: (() => void)[] = []
  const scheduler = { soon: (task: () => void) => void tasks.push(task), after: () => () => {} }
  const run = () => {
    for (const task of tasks.splice(0)) task()
  }
  return { listeners: new TableListeners(scheduler), tasks, run }
}

const effect = (table: string) => ({ table, key: 'k', row: undefined, hash: undefined })

test('a listener is told once for what comes together, and only of its tables', () => {
  const { listeners: list, tasks, run } = listeners()
  let told = 0
  list.add(['a', 'b'], () => (told += 1))
  list.touched([effect('c')])
  expect(tasks).toHaveLength(0)
  list.touched([effect('a'), effect('b')])
  list.touched([effect('a')])
  expect(told).toBe(0)
  run()
  expect(told).toBe(1)
  list.touched([effect('b')])
  run()
  expect(told).toBe(2)
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
