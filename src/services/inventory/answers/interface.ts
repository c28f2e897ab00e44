import type { MessageInitShape } from '@bufbuild/protobuf'
import type { EthernetInterfaceSchema } from '../../../gen/trivet/inventory/v1/interfaces_pb.ts'
import type { Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import { stamps } from '../../kernel/timestamps.ts'
import type { interfaces } from '../tables.ts'
import { nodes } from '../tables.ts'

/** An Ethernet interface as the API shows it. */
export function interfaceAnswer(
  read: Reader,
  stored: Stored<RowOf<typeof interfaces>>,
): MessageInitShape<typeof EthernetInterfaceSchema> {
  const { id, mac, nodeId, name, boot, bootReason } = stored.value
  const nodeXname = read.get(nodes, nodeId)?.value.xname ?? ''
  return { ...stamps(stored.value), id, etag: read.etag(stored), mac, nodeId, nodeXname, name, boot, bootReason }
}
