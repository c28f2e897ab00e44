import { PeerRowSchema } from '../../gen/trivet/rows/v1/operator_pb.ts'
import { table } from '../../state/table.ts'

/** What peers say of themselves. Who votes is the log's business, and stands nowhere else. */
export const peers = table({
  name: 'peer',
  row: PeerRowSchema,
  key: (peer) => peer.id,
})
