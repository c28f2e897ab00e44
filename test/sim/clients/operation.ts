import { trivetError } from '../../../src/lib/errors.ts'
import { revisionKey } from '../../../src/state/pure/revision-key.ts'
import type { Evaluation } from '../../../src/state/read.ts'
import { stateVersions } from '../../../src/state/pure/state-version.ts'
import { boxes, notes, shelves } from '../../../src/state/testing/tables.ts'
import type { Write } from '../../../src/state/write.ts'
import { put, remove } from '../../../src/state/write.ts'

/** Boxes that a shelf has room for. */
export const boxesMax = 4

/**
 * What a client of the simulation wants with the shelf of a name: make it, count on it, give it another name, put a box
 * on it, take it away with its boxes, or write a note about it; or, as an operator, that the cluster uses the next state
 * version. Each but the note can be refused.
 */
export interface Operation {
  readonly kind: 'create' | 'bump' | 'rename' | 'pack' | 'drop' | 'note' | 'raise'
  readonly name: string
  /** The new name, or the state version that is wanted. */
  readonly other?: string
}

/** The newest state version that any release of the simulation knows. */
export const newestVersion = 6

/** What is new in each: the colour of boxes. A release that is too old for one takes them for what it knows. */
export function colourIn(stateVersion: number, release = newestVersion): string {
  return `colour ${Math.min(stateVersion, release)}`
}

/** The operation as a rule of a release, which knows as many state versions. */
export function evaluateOperation(
  read: Evaluation,
  { kind, name, other = '' }: Operation,
  release: number,
): readonly Write[] {
  if (kind === 'raise') {
    if (`${read.stateVersion + 1}` !== other) throw refusal(`${other} is not the next version`)
    return [put(stateVersions, { version: read.stateVersion + 1 })]
  }
  if (kind === 'note') {
    return [put(notes, { revisionKey: revisionKey(read.nextRevision), subject: name, text: 'seen' })]
  }
  const found = read.unique(shelves, 'name', ['', name])
  if (kind === 'create') {
    if (found !== undefined) throw refusal(`${name} is there`)
    return [put(shelves, { id: read.newId('shf'), name, labels: [name, 'any'] })]
  }
  if (found === undefined) throw refusal(`${name} is not there`)
  switch (kind) {
    case 'bump':
      return [put(shelves, { ...found.value, counter: found.value.counter + 1n })]
    case 'rename':
      if (read.unique(shelves, 'name', ['', other]) !== undefined) throw refusal(`${other} is there`)
      return [put(shelves, { ...found.value, name: other, labels: [other, 'any'] })]
    case 'pack': {
      const shelfId = found.value.id
      if (read.count(boxes, 'shelf', shelfId) >= boxesMax) throw refusal(`${name} is full`)
      return [put(boxes, { shelfId, boxId: `${read.nextRevision}`, colour: colourIn(read.stateVersion, release) })]
    }
    case 'drop':
      return [remove(shelves, found)]
  }
}

function refusal(reason: string): Error {
  return trivetError('INVALID_REQUEST', { reason })
}
