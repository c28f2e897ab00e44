import { boxesMax, type Operation } from '../clients/operation.ts'

/** A shelf as the plain model knows it. */
export interface Shelf {
  readonly counter: number
  readonly boxes: number
}

interface Version {
  readonly revision: number
  readonly shelf: Shelf | undefined
}

/**
 * The plain model that the state is compared with: shelves by name, at every revision there ever was. It knows nothing
 * of rows, logs or peers.
 */
export class ShelfModel {
  readonly #versions = new Map<string, Version[]>()
  #revision = 0
  /** The revisions that raised the state version. */
  readonly #raises: number[] = []

  get revision(): number {
    return this.#revision
  }

  get names(): Iterable<string> {
    return this.#versions.keys()
  }

  /** The shelf of a name as it was at a revision. */
  at(name: string, revision: number): Shelf | undefined {
    const versions = this.#versions.get(name)
    if (versions === undefined) return undefined
    for (let at = versions.length - 1; at >= 0; at--) {
      if (versions[at]!.revision <= revision) return versions[at]!.shelf
    }
    return undefined
  }

  /** The state version in force at a revision. */
  stateVersionAt(revision: number): number {
    return 1 + this.#raises.filter((raise) => raise <= revision).length
  }

  /** Whether the operation is allowed on the state of a revision. */
  allows({ kind, name, other = '' }: Operation, revision: number): boolean {
    const shelf = this.at(name, revision)
    if (kind === 'note') return true
    if (kind === 'raise') return other === `${this.stateVersionAt(revision) + 1}`
    if (kind === 'create') return shelf === undefined
    if (shelf === undefined) return false
    if (kind === 'rename') return this.at(other, revision) === undefined
    return kind !== 'pack' || shelf.boxes < boxesMax
  }

  /** The next revision carries out an operation that is allowed; undefined changes nothing. */
  advance(operation: Operation | undefined): void {
    this.#revision++
    if (operation === undefined || operation.kind === 'note') return
    if (operation.kind === 'raise') return void this.#raises.push(this.#revision)
    const { kind, name, other = '' } = operation
    const shelf = this.at(name, this.#revision - 1)
    if (kind === 'create') return this.#put(name, { counter: 0, boxes: 0 })
    if (shelf === undefined) throw new Error('the model carries out what it does not allow')
    if (kind === 'bump') this.#put(name, { ...shelf, counter: shelf.counter + 1 })
    if (kind === 'pack') this.#put(name, { ...shelf, boxes: shelf.boxes + 1 })
    if (kind === 'drop' || kind === 'rename') this.#put(name, undefined)
    if (kind === 'rename') this.#put(other, shelf)
  }

  #put(name: string, shelf: Shelf | undefined): void {
    const versions = this.#versions.get(name)
    const version = { revision: this.#revision, shelf }
    if (versions === undefined) this.#versions.set(name, [version])
    else versions.push(version)
  }
}
