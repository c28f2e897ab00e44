import { expect, test } from 'vitest'
import { encodeWitness, newWitnessFile, readWitness, type Witness } from './tail-witness.ts'

const chain = (filler: number) => new Uint8Array(16).fill(filler)
const witness = (index: number): Witness => ({ index, term: 3, chain: chain(index) })

function written(...indexes: number[]): Uint8Array {
  const file = newWitnessFile(witness(1))
  for (const [at, index] of indexes.entries()) {
    const { position, bytes } = encodeWitness(witness(index), at + 2)
    file.set(bytes, position)
  }
  return file
}

test('the witness written last is read', () => {
  expect(readWitness(written())).toEqual({ kind: 'read', witness: witness(1), sequence: 1, isTorn: false })
  expect(readWitness(written(5))).toEqual({ kind: 'read', witness: witness(5), sequence: 2, isTorn: false })
  expect(readWitness(written(5, 9, 8))).toEqual({ kind: 'read', witness: witness(8), sequence: 4, isTorn: false })
})

test('a torn slot leaves the one before it', () => {
  const file = written(5, 9)
  file[4096 + 20]! ^= 1
  expect(readWitness(file)).toEqual({ kind: 'read', witness: witness(5), sequence: 2, isTorn: true })
})

test('a slot that stands in the place of the other one counts as torn', () => {
  const file = written(5, 9)
  file.copyWithin(0, 4096)
  expect(readWitness(file)).toMatchObject({ kind: 'read', witness: witness(9), isTorn: true })
  const swapped = Buffer.concat([written(5, 9).subarray(4096), written(5, 9).subarray(0, 4096)])
  expect(readWitness(swapped)).toMatchObject({ kind: 'broken' })
})

test('two torn slots, an empty and a missing file are told apart', () => {
  const file = written(5, 9)
  file[4096 + 20]! ^= 1
  file[20]! ^= 1
  expect(readWitness(file)).toMatchObject({ kind: 'broken' })
  expect(readWitness(new Uint8Array())).toMatchObject({ kind: 'broken' })
  expect(readWitness(undefined)).toEqual({ kind: 'absent' })
})
