import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bucket } from './bucket.ts'

test('rule 19: it knows the owner of its rows while they have one, whatever comes and goes', () => {
  const step = fc.record({ key: fc.nat(5), isAdded: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const bucket = new Bucket()
      const model = new Map<string, string>()
      for (const { key, isAdded } of steps) {
        // The owner of a row in a bucket does not change while it is there.
        const owner = `o${key % 2}`
        if (isAdded) {
          bucket.add(`${key}`, owner)
          model.set(`${key}`, owner)
        } else {
          bucket.delete(`${key}`, owner)
          model.delete(`${key}`)
        }
        const owners = new Set(model.values())
        expect(bucket.keys.size).toBe(model.size)
        if (owners.size === 1) expect(bucket.owner).toBe([...owners][0])
        if (owners.size > 1) expect(bucket.owner).toBeUndefined()
      }
    }),
  )
})
