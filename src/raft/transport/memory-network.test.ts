import { describe } from 'vitest'
import { MemoryNetwork } from './memory-network.ts'
import { contractPeers, transportContract } from './transport.contract.ts'

describe('memory', () => {
  transportContract(async () => {
    const network = new MemoryNetwork({ peers: contractPeers, delivery: 'automatic' })
    return async (id, events) => network.attach(id, events)
  })
})
