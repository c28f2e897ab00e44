import type { Reader } from '../../../state/read.ts'
import { nodes } from '../../inventory/tables.ts'
import { nodeBindings } from '../tables.ts'
import { bootScript, ownNames, waitingScript } from './ipxe-script.ts'
import { sharedFacts, templateFacts } from './shared-facts.ts'

/** The script for a node, and what it is bound to. */
export interface NodeScript {
  readonly text: string
  /** Absent for the script that waits and asks again. */
  readonly bound:
    | {
        readonly template: string
        readonly sessionId: string
        readonly attempt: number
        readonly attemptId: string
      }
    | undefined
}

/**
 * Renders what a node gets now. The same rows give the same bytes on every peer: nothing of the peer that renders, of
 * the time, or of the applied index is in it (boot rule R10).
 */
export function nodeScript(read: Reader, nodeId: string): NodeScript {
  const node = read.get(nodes, nodeId)
  if (node === undefined) return waiting(read, 'this machine', ownNames)
  const binding = read.get(nodeBindings, nodeId)
  const shared = sharedFacts(read)
  const template = binding && templateFacts(read, shared, binding.value)
  if (binding === undefined || template === undefined) {
    // By its id: it may have asked by a name that iPXE does not know of itself.
    return waiting(read, node.value.xname, `node=${nodeId}`)
  }
  const { sessionId, attempt, attemptId } = binding.value
  const { name, kernel, initrd, parameters } = template
  const text = bootScript({
    node: { id: nodeId, xname: node.value.xname },
    attempt: { sessionId, number: attempt, id: attemptId },
    from: `template ${name}, node@${node.revision}, binding@${binding.revision}, ${template.from}, peers@${shared.peersRevision}`,
    kernel,
    initrd,
    parameters,
    peers: shared.peers.of(nodeId),
  })
  return { text, bound: { template: name, sessionId, attempt, attemptId } }
}

/**
 * The script of a machine for which there is nothing to boot; of one that nobody knows, too. `query` is how it says who
 * it is when it asks again.
 */
export function waiting(read: Reader, subject: string, query: string): NodeScript {
  return { text: waitingScript({ subject, peers: sharedFacts(read).peers.of(subject), query }), bound: undefined }
}
