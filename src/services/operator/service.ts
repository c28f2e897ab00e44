import type { MessageInitShape } from '@bufbuild/protobuf'
import type {
  GetPeerStatusRequest,
  GetPeerStatusResponseSchema,
  ListPeersRequest,
  ListPeersResponseSchema,
} from '../../gen/trivet/operator/v1/operator_pb.ts'
import { OperatorService } from '../../gen/trivet/operator/v1/operator_pb.ts'
import { local, service } from '../kernel/method.ts'
import type { DefinedService } from '../kernel/method.ts'

/** What the peer knows of itself and of the others; the composition root has it. */
export interface PeerFacts {
  list(): Promise<MessageInitShape<typeof ListPeersResponseSchema>>
  status(): Promise<MessageInitShape<typeof GetPeerStatusResponseSchema>>
}

/** What operators of the peers need. Answered by the peer that is asked, ready or not. */
export function operator(facts: PeerFacts): DefinedService {
  return service(OperatorService, {
    listPeers: local((_request: ListPeersRequest) => facts.list()),
    getPeerStatus: local((_request: GetPeerStatusRequest) => facts.status()),
  })
}
