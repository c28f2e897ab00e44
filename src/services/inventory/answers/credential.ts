import type { MessageInitShape } from '@bufbuild/protobuf'
import type { CredentialSchema } from '../../../gen/trivet/inventory/v1/credentials_pb.ts'
import type { Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import { stamps } from '../../kernel/timestamps.ts'
import type { credentials } from '../tables.ts'

/** A credential as the API shows it: without its secret. */
export function credentialAnswer(
  read: Reader,
  stored: Stored<RowOf<typeof credentials>>,
): MessageInitShape<typeof CredentialSchema> {
  const { id, pattern, username } = stored.value
  return { ...stamps(stored.value), id, etag: read.etag(stored), pattern, username }
}
