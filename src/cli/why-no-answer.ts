import { OperatorService } from '../gen/trivet/operator/v1/operator_pb.ts'
import { openChannel } from '../rpc/channel.ts'
import { createClient } from '../rpc/client.ts'
import { waitingLookTimeoutMs } from './limits.ts'

/**
 * Asks all peers at once why none of them answers: what the first one says that is there, else that they are away.
 * Undefined when one would answer. Never rejects.
 */
export async function whyNoAnswer(addresses: readonly string[]): Promise<string | undefined> {
  const said = await Promise.all(addresses.map(standing))
  if (said.some(({ ready }) => ready)) return undefined
  return (said.find(({ there }) => there) ?? said[0])?.reason
}

/** How one peer stands: by its own word, when it is there. */
interface Standing {
  readonly there: boolean
  readonly ready: boolean
  readonly reason: string
}

async function standing(address: string): Promise<Standing> {
  const channel = openChannel(address)
  try {
    const client = createClient(OperatorService, channel)
    const { ready, peer, checks } = await client.getPeerStatus({}, { timeoutMs: waitingLookTimeoutMs })
    // The first one that fails matters most; others follow from it.
    const missing = checks.find(({ ok }) => !ok)?.reason ?? 'it is not ready'
    return { there: true, ready, reason: `${missing} (peer ${peer?.name ?? ''} at ${address})` }
  } catch (error) {
    return { there: false, ready: false, reason: error instanceof Error ? error.message : String(error) }
  } finally {
    channel.close()
  }
}
