import { expect, test } from 'vitest'
import { drawRandom } from './random.ts'

test('no two draws are alike, over many blocks, and a draw is not overwritten by later ones', () => {
  const drawn = Array.from({ length: 2_000 }, () => drawRandom(10))
  expect(new Set(drawn.map((bytes) => bytes.join())).size).toBe(2_000)
})

test('more than a block is refused', () => {
  expect(drawRandom(4_096)).toHaveLength(4_096)
  expect(() => drawRandom(4_097)).toThrow('at most 4096 random bytes')
})
