import { expect, test } from 'vitest'
import { Dice } from '../world/dice.ts'
import { StoredFile } from './stored-file.ts'

test('what is given stays the giver’s: a buffer of Node, whose slices share its memory, changes nothing later', () => {
  const given = Buffer.from([1, 2, 3])
  const file = new StoredFile(given)
  given[0] = 9
  expect([...file.content]).toEqual([1, 2, 3])
  const part = Buffer.from([7])
  file.write(1, part)
  part[0] = 9
  file.sync()
  expect([...file.content]).toEqual([1, 7, 3])
})

test('an unsynced write may be lost with the power, also where it overwrites', () => {
  const seen = new Set<number>()
  for (let seed = 1; seed <= 40; seed++) {
    const file = new StoredFile(Buffer.from([1, 2, 3]))
    file.write(0, Buffer.from([8]))
    file.losePower(new Dice(seed), false)
    seen.add(file.content[0]!)
  }
  expect(seen).toEqual(new Set([1, 8]))
})
