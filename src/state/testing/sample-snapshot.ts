import { create } from '@bufbuild/protobuf'
import { ConfigurationSchema } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import { exportState, markOf, type HeaderFacts } from '../snapshot/export-state.ts'
import type { ReadAt } from '../snapshot/read-snapshot.ts'
import { ChangeExtent } from '../storage/change-extent.ts'
import type { KeyValue } from '../storage/key-value.ts'
import { MemoryKeyValue } from '../storage/memory-key-value.ts'
import { StateStore } from '../storage/state-store.ts'
import { put } from '../write.ts'
import { LogWriter } from './log-writer.ts'
import { sha256 } from '../sha256.ts'
import { boxes, notes, shelves } from './tables.ts'
import { revisionKey } from '../pure/revision-key.ts'

export const sampleFacts: HeaderFacts = {
  id: '0123456789abcdef',
  clusterId: 'c1'.repeat(16),
  peer: 'a',
  release: '0.1.0',
  timeMs: BigInt(Date.UTC(2026, 10, 21)),
  chain: new Uint8Array(16).fill(7),
  configuration: create(ConfigurationSchema, {
    index: 1n,
    peers: [{ id: 'a'.repeat(16), name: 'a', address: '127.0.0.1:7401' }],
    voters: ['a'.repeat(16)],
  }),
}

/** A state with rows of every kind and outcomes, on its disk. */
export async function sampleState(size: number): Promise<{ readonly writer: LogWriter; readonly keyValue: KeyValue }> {
  const writer = new LogWriter()
  const keyValue = new MemoryKeyValue()
  const store = new StateStore({
    keyValue,
    state: writer.state,
    extent: new ChangeExtent(),
    onFlushed: () => {},
    onFailed: (error) => {
      throw error
    },
  })
  for (let at = 0; at < size; at++) {
    const id = `shelf-${at}`
    store.record(
      writer.write(
        () => [
          put(shelves, {
            id,
            name: `name ${at}`,
            labels: ['all'],
            counter: BigInt(at),
            ballast: sha256(Buffer.from(id)),
          }),
        ],
        () => [put(boxes, { shelfId: id, boxId: '1', colour: at % 2 === 0 ? 'red' : '' })],
        () => [put(notes, { revisionKey: revisionKey(writer.state.revision + 3), text: 'x'.repeat(at % 50) })],
      ),
    )
  }
  await store.flush()
  return { writer, keyValue }
}

/** The bytes of a snapshot of it. */
export async function snapshotBytes(keyValue: KeyValue, facts: Partial<HeaderFacts> = {}): Promise<Buffer> {
  const snapshot = keyValue.snapshot()
  const mark = await markOf(snapshot)
  if (mark === undefined) throw new Error('the sample has a mark')
  const parts: Uint8Array[] = []
  const append = async (bytes: Uint8Array) => void parts.push(bytes)
  const { signal } = new AbortController()
  await exportState({ snapshot, mark }, { ...sampleFacts, ...facts }, { append, signal })
  await snapshot.close()
  return Buffer.concat(parts)
}

/** Reads from bytes as from a file. */
export function readingFrom(bytes: Uint8Array): ReadAt {
  return async (position, sizeBytes) => bytes.subarray(position, position + sizeBytes)
}
