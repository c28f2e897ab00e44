import { describe } from 'vitest'
import type { PeerId } from '../core/types.ts'
import { MemoryNetwork } from './memory-network.ts'
import { namingContract } from './naming.contract.ts'
import { contractPeers, transportContract, type StartPeer } from './transport.contract.ts'

describe('memory', () => {
  const setUp = async (): Promise<StartPeer> => {
    const network = new MemoryNetwork({ peers: contractPeers, delivery: 'automatic' })
    const start = async (...[id, events]: Parameters<typeof network.attach>) => network.attach(id, events)
    return Object.assign(start, { addressOf: (id: PeerId) => `${id}:0` })
  }
  transportContract(setUp)
  namingContract(setUp)
})
