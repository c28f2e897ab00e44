import { describe } from 'vitest'
import type { PeerId } from '../../../src/raft/core/types.ts'
import { contractPeers, transportContract } from '../../../src/raft/transport/transport.contract.ts'
import type { TransportEvents } from '../../../src/raft/transport/transport.ts'
import { runningTime } from '../disk/running-disk.ts'
import { Dice } from '../world/dice.ts'
import { SimNetwork } from './sim-network.ts'

describe('the simulated network, when nothing is wrong with it, keeps what its port promises', () => {
  transportContract(async () => {
    const { timeline, thread } = runningTime()
    const network = new SimNetwork(timeline, contractPeers, new Dice(1))
    const start = async (id: PeerId, events: TransportEvents) => network.attach({ id, thread, events })
    return Object.assign(start, { addressOf: (id: PeerId) => `${id}:0` })
  })
})
