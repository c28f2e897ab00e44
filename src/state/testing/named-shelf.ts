import { trivetError } from '../../lib/errors.ts'
import type { Evaluation } from '../read.ts'
import type { Write } from '../write.ts'
import { put, remove } from '../write.ts'
import { shelves } from './tables.ts'

/** Makes the shelf of a name; refused if it is there. */
export function create(name: string): (read: Evaluation) => readonly Write[] {
  return (read) => {
    const found = read.unique(shelves, 'name', ['', name])
    if (found) throw trivetError('INVALID_REQUEST', { reason: `${name} is there` })
    return [put(shelves, { id: read.newId('shf'), name })]
  }
}

/** Removes the shelf of a name; refused if it is not there. */
export function drop(name: string): (read: Evaluation) => readonly Write[] {
  return (read) => {
    const found = read.unique(shelves, 'name', ['', name])
    if (!found) throw trivetError('INVALID_REQUEST', { reason: `${name} is not there` })
    return [remove(shelves, found)]
  }
}
