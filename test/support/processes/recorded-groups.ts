import type { InventoryService } from '../../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import type { WriteOptions } from '../../../src/gen/trivet/api/v1/write_pb.ts'
import type { ErrorCode } from '../../../src/lib/errors.ts'
import { factsOf, isTrivetError } from '../../../src/lib/errors.ts'
import type { ReadonlyMetadata } from '../../../src/rpc/call-context.ts'
import type { ServiceClient } from '../../../src/rpc/client.ts'
import { wireErrorOf } from '../../../src/rpc/remote-error.ts'
import { outcomeRevisionTrailer, revisionTrailer } from '../../../src/services/kernel/kernel.ts'
import type { Condition, Operation, RefusalReason, Result, Row } from '../../history/format/operation.ts'

/** How a write is named: as in the API, all of it. */
export type WriteIdentity = Pick<WriteOptions, 'requestId' | 'retry' | 'incarnation'>

/** Refusals of the API by what they say of the row. */
const reasons: Partial<Record<ErrorCode, RefusalReason>> = {
  GROUP_EXISTS: 'present',
  GROUP_NOT_FOUND: 'absent',
  ETAG_MISMATCH: 'changed',
}

/** What a peer says before it has passed a request on. */
const turnedAway: readonly ErrorCode[] = ['NO_LEADER', 'NOT_READY']

/** Groups as one page of a list shows them. */
const groupsMax = 1_000

/**
 * Groups as rows of a history: the name is the key, the description the value, and the etag the revision. Talks to one
 * peer and tries nothing again.
 */
export class RecordedGroups {
  readonly #client: ServiceClient<typeof InventoryService>
  readonly #incarnation: string
  readonly #timeoutMs: number
  readonly #onTrailers: (trailers: ReadonlyMetadata) => void

  constructor(options: {
    readonly client: ServiceClient<typeof InventoryService>
    readonly incarnation: string
    readonly timeoutMs: number
    /** Told what came with each status: log time is there. */
    readonly onTrailers: (trailers: ReadonlyMetadata) => void
  }) {
    this.#client = options.client
    this.#incarnation = options.incarnation
    this.#timeoutMs = options.timeoutMs
    this.#onTrailers = options.onTrailers
  }

  /** Carries out an operation. Rejects with what is no outcome of a sound cluster. */
  async call(operation: Operation, write: WriteIdentity | undefined): Promise<Result> {
    const told: { revision?: number; outcome?: number } = {}
    const options = {
      timeoutMs: this.#timeoutMs,
      onTrailers: (trailers: ReadonlyMetadata) => {
        this.#onTrailers(trailers)
        for (const [name, trailer] of [
          ['revision', revisionTrailer],
          ['outcome', outcomeRevisionTrailer],
        ] as const) {
          const value = trailers.get(trailer)[0]
          if (value !== undefined) told[name] = Number(value)
        }
      },
    }
    try {
      const shown = await this.#send(operation, write, options)
      return { kind: 'ok', revision: (write === undefined ? told.revision : told.outcome)!, ...shown }
    } catch (error) {
      return this.#resultOf(error, operation, told)
    }
  }

  async #send(
    operation: Operation,
    write: WriteIdentity | undefined,
    options: Parameters<ServiceClient<typeof InventoryService>['getGroup']>[1],
  ): Promise<Partial<Extract<Result, { kind: 'ok' }>>> {
    const identity = write === undefined ? {} : { write }
    switch (operation.kind) {
      case 'get': {
        const { group } = await this.#client.getGroup({ group: operation.key }, options)
        return { row: rowOf(group!) }
      }
      case 'list': {
        const { groups } = await this.#client.listGroups({ pageSize: groupsMax }, options)
        const rows = groups.filter(({ name }) => name.startsWith(operation.prefix))
        return { rows: rows.map((group) => ({ key: group.name, ...rowOf(group) })) }
      }
      case 'delete':
        await this.#client.deleteGroup({ group: operation.key, etag: this.#etag(operation.if), ...identity }, options)
        return {}
      case 'put': {
        const { key, value } = operation
        if (operation.if === undefined) throw new Error('the API has no write that creates or changes')
        if (operation.if === 'absent') {
          await this.#client.createGroup({ name: key, description: value, ...identity }, options)
        } else {
          const updateMask = { paths: ['description'] }
          const etag = this.#etag(operation.if)
          await this.#client.updateGroup({ group: key, description: value, etag, updateMask, ...identity }, options)
        }
        return {}
      }
    }
  }

  #resultOf(
    error: unknown,
    operation: Operation,
    told: { readonly revision?: number; readonly outcome?: number },
  ): Result {
    if (!isTrivetError(error)) throw error
    const reason = reasons[error.code]
    if (reason !== undefined) {
      if (operation.kind === 'get') return { kind: 'ok', revision: told.revision!, row: null }
      return { kind: 'refused', revision: told.outcome!, reason }
    }
    if (wireErrorOf(error) !== undefined && turnedAway.includes(error.code)) return { kind: 'failed' }
    const { grpc } = factsOf(error.code)
    if (grpc === 'UNAVAILABLE' || grpc === 'DEADLINE_EXCEEDED') return { kind: 'unknown' }
    throw error
  }

  #etag(condition: Condition | undefined): string {
    return typeof condition === 'object' ? `${this.#incarnation}-${condition.revision}` : ''
  }
}

function rowOf(group: { readonly description: string; readonly etag: string }): Required<Row> {
  return { value: group.description, revision: Number(group.etag.slice(group.etag.lastIndexOf('-') + 1)) }
}
