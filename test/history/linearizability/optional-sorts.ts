import type { Optional, Partition } from './partition.ts'

/**
 * Optional calls by sorts. Those of a sort do the same to every row that anybody was shown, so that the one that began
 * first may always be taken first.
 */
export class OptionalSorts {
  readonly sorts: readonly (readonly Optional[])[]
  readonly #shown: ReadonlySet<string>

  constructor({ required, optional }: Partition) {
    this.#shown = new Set(
      required.flatMap(({ step }) => (step.kind === 'read' && step.row !== null ? [step.row.value] : [])),
    )
    this.sorts = [...Map.groupBy(optional, (each) => this.#nameOf(each)).values()]
  }

  /** A value by what it is to those who read: all that were never shown are one. */
  valueName(value: string): string {
    return this.#shown.has(value) ? `=${value}` : ''
  }

  #nameOf({ step: { operation } }: Optional): string {
    const value = operation.kind === 'put' ? this.valueName(operation.value) : ''
    return JSON.stringify([operation.kind, value, operation.if])
  }
}
