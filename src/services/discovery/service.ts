import type { GetDiscoveryRequest, ListDiscoveriesRequest } from '../../gen/trivet/discovery/v1/discovery_pb.ts'
import { DiscoveryService } from '../../gen/trivet/discovery/v1/discovery_pb.ts'
import type { Reader } from '../../state/read.ts'
import { read, service, write } from '../kernel/method.ts'
import { newestFirst, newestOf, page } from '../kernel/paging.ts'
import { resource } from '../kernel/resource.ts'
import { discoveryAnswer, targetAnswers } from './answers/discovery.ts'
import { cancelDiscovery, discoveryByReference } from './rules/end-discovery.ts'
import { startDiscovery } from './rules/start-discovery.ts'
import { discoveries } from './tables.ts'

const discovery = resource(discoveries, (stored, from) => ({ discovery: discoveryAnswer(from, stored) }))

/** Discovery: what the BMCs say is there. */
export const discoveryService = service(DiscoveryService, {
  startDiscovery: write(startDiscovery, discovery),
  listDiscoveries: read(listDiscoveries),
  getDiscovery: read(getDiscovery),
  cancelDiscovery: write(cancelDiscovery, discovery),
})

function listDiscoveries(from: Reader, request: ListDiscoveriesRequest) {
  const sorted = newestOf(from.all(discoveries))
  const { items, nextPageToken } = page(from, sorted, request, newestFirst)
  const answers = items.map((stored) => discoveryAnswer(from, stored))
  return { discoveries: answers, nextPageToken, revision: BigInt(from.revision) }
}

function getDiscovery(from: Reader, request: GetDiscoveryRequest) {
  const stored = discoveryByReference(from, request.discovery)
  return { discovery: discoveryAnswer(from, stored), targets: targetAnswers(from, stored.key) }
}
