import { fromBinary } from '@bufbuild/protobuf'
import type { Transaction } from '../../../gen/trivet/log/v1/log_pb.ts'
import { ShelfRowSchema } from '../../../gen/trivet/testing/v1/testing_pb.ts'
import { trivetError } from '../../../lib/errors.ts'
import type { Evaluation } from '../../read.ts'
import type { Write } from '../../write.ts'
import { put, remove } from '../../write.ts'
import { shelves } from '../tables.ts'

/** What a client of the simulation wants: to make, change or remove the shelf of a name. Each can be refused. */
export interface Operation {
  readonly kind: 'create' | 'bump' | 'drop'
  readonly name: string
}

/** The operation as a rule. */
export function evaluateOperation(read: Evaluation, { kind, name }: Operation): readonly Write[] {
  const found = read.unique(shelves, 'name', ['', name])
  if (kind === 'create') {
    if (found !== undefined) throw trivetError('INVALID_REQUEST', { reason: `${name} is there` })
    return [put(shelves, { id: read.newId('shf'), name, labels: [name] })]
  }
  if (found === undefined) throw trivetError('INVALID_REQUEST', { reason: `${name} is not there` })
  if (kind === 'drop') return [remove(shelves, found)]
  return [put(shelves, { ...found.value, counter: found.value.counter + 1n })]
}

/** The plain model that the simulation is compared with: counters by name. */
export type Model = ReadonlyMap<string, number>

/** What an operation does to the model; undefined if it is refused. */
export function modelAfter(model: Model, { kind, name }: Operation): Model | undefined {
  const counter = model.get(name)
  if ((kind === 'create') !== (counter === undefined)) return undefined
  const next = new Map(model)
  if (kind === 'drop') next.delete(name)
  else next.set(name, kind === 'create' ? 0 : counter! + 1)
  return next
}

/** Why a transaction is not what the operation does to this model; undefined if it is. */
export function misfit(model: Model, operation: Operation, transaction: Transaction): string | undefined {
  const expected = modelAfter(model, operation)
  if (transaction.outcome?.code !== '') {
    return expected === undefined ? undefined : `is refused, but ${operation.name} allows it`
  }
  if (expected === undefined) return `is carried out on a state that refuses it`
  const { name } = operation
  if (operation.kind === 'drop') return transaction.deletes.length === 1 ? undefined : 'removes nothing'
  const row = fromBinary(ShelfRowSchema, transaction.puts[0]!.value)
  if (Number(row.counter) === expected.get(name)) return undefined
  return `stores counter ${row.counter} of ${name}, not ${expected.get(name)}`
}
