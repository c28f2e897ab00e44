import type { MessageInitShape } from '@bufbuild/protobuf'
import type { BmcSchema } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import { DiscoveryState } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import type { Reader } from '../../../state/read.ts'
import { stamps, timestamp } from '../../kernel/timestamps.ts'
import { foldNodes } from '../rules/nodeset.ts'
import type { StoredBmc } from '../rules/references.ts'
import { bmcFacts, nodes } from '../tables.ts'

/** A BMC as the API shows it. */
export function bmcAnswer(read: Reader, stored: StoredBmc): MessageInitShape<typeof BmcSchema> {
  const bmc = stored.value
  const facts = read.get(bmcFacts, stored.key)?.value
  return {
    ...stamps(bmc),
    id: bmc.id,
    etag: read.etag(stored),
    xname: bmc.xname,
    address: bmc.address,
    description: bmc.description,
    vendor: facts?.vendor ?? '',
    model: facts?.model ?? '',
    firmware: facts?.firmware ?? '',
    redfishVersion: facts?.redfishVersion ?? '',
    tlsPin: facts?.tlsPin ?? '',
    discoveryState: facts?.discoveryState ?? DiscoveryState.UNSPECIFIED,
    lastError: facts?.lastError ?? '',
    lastDiscovered: timestamp(facts?.lastDiscoveredMs ?? 0n),
    nodes: foldNodes(read.bucket(nodes, 'bmc', stored.key)),
  }
}
