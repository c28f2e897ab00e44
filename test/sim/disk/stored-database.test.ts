import { expect, test } from 'vitest'
import { Dice } from '../world/dice.ts'
import { StoredDatabase } from './stored-database.ts'

/** Enough that everything that may happen does. */
const seeds = Array.from({ length: 300 }, (_, at) => at + 1)

const write = (database: StoredDatabase, key: string, isSynced: boolean) =>
  database.apply([{ key, value: Buffer.from(key) }], { isSynced })

/** What a power cut leaves, as the disk takes it away. */
function afterPowerLoss(database: StoredDatabase, dice: Dice): string {
  database.close()
  database.loseTail(dice.below(database.unsyncedCount + 1))
  database.loseEndOfOlderLog()
  return database.keys().join('')
}

/** So many characters are the same at the beginning of both. */
function commonLength(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return length
}

const reversed = (text: string) => Array.from(text).reverse().join('')

/** Every outcome of a story that its seeds know. */
function outcomes(story: (database: StoredDatabase) => void): ReadonlySet<string> {
  return new Set(
    seeds.map((seed) => {
      const database = new StoredDatabase(new Dice(seed))
      story(database)
      return afterPowerLoss(database, new Dice(seed + 1000))
    }),
  )
}

test('batches that are all synced survive the loss of power, whichever log they stand in', () => {
  const all = outcomes((database) => {
    for (const key of 'abcdefgh') write(database, key, true)
  })
  expect([...all]).toEqual(['abcdefgh'])
})

test('unsynced batches go from the end', () => {
  const left = outcomes((database) => {
    for (const key of 'abcdefgh') write(database, key, false)
  })
  expect(left).toContain('')
  expect(left).toContain('abcdefgh')
  for (const keys of left) expect('abcdefgh').toMatch(new RegExp(`^${keys}`))
})

test('a synced batch does not save what was written before it into an older log: a hole, and never more than its end', () => {
  const left = outcomes((database) => {
    for (const key of 'abcdefgh') write(database, key, false)
    write(database, 's', true)
  })
  expect(left).toContain('abcdefghs')
  const holes = [...left].filter((keys) => keys !== 'abcdefghs')
  expect(holes.length).toBeGreaterThan(3)
  for (const keys of left) {
    const [begin, end] = [commonLength(keys, 'abcdefghs'), commonLength(reversed(keys), reversed('abcdefghs'))]
    expect(begin + end).toBeGreaterThanOrEqual(keys.length)
    expect(keys).toMatch(/s$/)
  }
})

test('what was in memory when that was made a table survives, and later writes do not take it along', () => {
  const left = outcomes((database) => {
    for (const key of 'abcdefgh') write(database, key, false)
    database.compactMemory()
    for (const key of 'ijkl') write(database, key, false)
    write(database, 's', true)
  })
  for (const keys of left) expect(keys).toMatch(/^abcdefgh.*s$/)
  expect(left.size).toBeGreaterThan(1)
})

test('what is written behind a broken record is read as long as the database is open, and then it is gone', () => {
  const database = new StoredDatabase(new Dice(1))
  write(database, 'a', true)
  database.breakLog()
  for (let at = 0; at < 100; at++) write(database, `b${at}`, true)
  expect(database.get('b99')).toBeDefined()
  database.close()
  expect(database.keys()).toEqual(['a'])
  write(database, 'c', true)
  database.close()
  expect(database.keys()).toEqual(['a', 'c'])
})

test('a table that is made of memory saves what was written behind a broken record', () => {
  const database = new StoredDatabase(new Dice(1))
  database.breakLog()
  write(database, 'a', true)
  database.compactMemory()
  write(database, 'b', true)
  database.close()
  expect(database.keys()).toEqual(['a', 'b'])
})
