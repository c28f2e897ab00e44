import { expect, test } from 'vitest'
import { EventGate } from './event-gate.ts'

test('what comes before the gate opens waits, in order, and what comes later passes at once', () => {
  const gate = new EventGate()
  const seen: number[] = []
  gate.pass(() => seen.push(1))
  gate.pass(() => seen.push(2))
  expect(seen).toEqual([])
  gate.open()
  expect(seen).toEqual([1, 2])
  gate.pass(() => seen.push(3))
  expect(seen).toEqual([1, 2, 3])
})

test('what an event brings about comes behind those that wait', () => {
  const gate = new EventGate()
  const seen: string[] = []
  gate.pass(() => {
    seen.push('first')
    gate.pass(() => seen.push('brought about'))
  })
  gate.pass(() => seen.push('second'))
  gate.open()
  expect(seen).toEqual(['first', 'second', 'brought about'])
})
