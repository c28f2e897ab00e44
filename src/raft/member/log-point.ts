import { toBinary } from '@bufbuild/protobuf'
import { ConfigurationSchema } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import type { LogStore } from '../store/log-store.ts'
import type { LogPoint } from './port.ts'

/** Where a log goes on behind a snapshot at this index; undefined if the log does not hold it. */
export function logPointOf(store: LogStore, index: number): LogPoint | undefined {
  if (index < Math.max(1, store.firstIndex() - 1) || index > store.lastIndex()) return undefined
  const configuration = toBinary(ConfigurationSchema, store.configurationAt(index))
  return { index, term: store.term(index), chain: store.chainAt(index), configuration }
}
