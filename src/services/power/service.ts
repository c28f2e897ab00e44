import type { MessageInitShape } from '@bufbuild/protobuf'
import { PowerState } from '../../gen/trivet/inventory/v1/nodes_pb.ts'
import type {
  GetPowerTransitionRequest,
  ListPowerStatusRequest,
  ListPowerTransitionsRequest,
  PowerTransitionSchema,
} from '../../gen/trivet/power/v1/power_pb.ts'
import { PowerService } from '../../gen/trivet/power/v1/power_pb.ts'
import { trivetError } from '../../lib/errors.ts'
import { compareNatural } from '../../lib/natural-order.ts'
import type { Reader, Stored } from '../../state/read.ts'
import type { RowOf } from '../../state/table.ts'
import { allNodes, nodesOf } from '../inventory/rules/nodeset.ts'
import { nodePowers } from '../inventory/tables.ts'
import { read, service } from '../kernel/method.ts'
import { newestFirst, newestOf, page } from '../kernel/paging.ts'
import { stamps, timestamp } from '../kernel/timestamps.ts'
import { powerTransitions } from './tables.ts'

/** Power: intents and what was observed of them. */
export const powerService = service(PowerService, {
  listPowerTransitions: read(listPowerTransitions),
  getPowerTransition: read(getPowerTransition),
  listPowerStatus: read(listPowerStatus),
})

function listPowerTransitions(from: Reader, request: ListPowerTransitionsRequest) {
  const { items, nextPageToken } = page(from, newestOf(from.all(powerTransitions)), request, newestFirst)
  return { transitions: items.map(transitionAnswer), nextPageToken, revision: BigInt(from.revision) }
}

function getPowerTransition(from: Reader, request: GetPowerTransitionRequest) {
  const stored = from.get(powerTransitions, request.transition.trim())
  if (stored === undefined) throw trivetError('TRANSITION_NOT_FOUND', { transition: request.transition })
  return { transition: transitionAnswer(stored) }
}

function listPowerStatus(from: Reader, request: ListPowerStatusRequest) {
  const found = request.nodes === '' ? allNodes(from) : nodesOf(from, request.nodes)
  const order = { position: (node: (typeof found)[number]) => node.value.xname, compare: compareNatural }
  const { items, nextPageToken } = page(from, found, request, order)
  const statuses = items.map((node) => {
    const power = from.get(nodePowers, node.key)?.value
    return {
      nodeId: node.key,
      xname: node.value.xname,
      powerState: power?.powerState ?? PowerState.UNSPECIFIED,
      observed: timestamp(power?.observedMs ?? 0n),
    }
  })
  return { statuses, nextPageToken, revision: BigInt(from.revision) }
}

function transitionAnswer(
  stored: Stored<RowOf<typeof powerTransitions>>,
): MessageInitShape<typeof PowerTransitionSchema> {
  const { $typeName: _type, $unknown: _unknown, tenant: _tenant, step: _step, ...row } = stored.value
  const {
    createdMs: _created,
    lastUpdatedMs: _updated,
    intendedLogMs: _intended,
    acceptedLogMs: _accepted,
    ...shown
  } = row
  return { ...shown, ...stamps(row) }
}
