import type { Reader } from '../../../state/read.ts'
import { nodes } from '../../inventory/tables.ts'
import { bootConfigurationRevision, templateRevision } from '../rules/references.ts'
import { templateName } from '../rules/template-name.ts'
import { nodeBindings } from '../tables.ts'
import { bootScript, ownNames, waitingScript } from './ipxe-script.ts'
import { peerUrls } from './peer-urls.ts'

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
  const revision = binding && templateRevision(read, binding.value.templateId, binding.value.templateRevision)
  const content =
    revision &&
    bootConfigurationRevision(read, revision.value.bootConfigurationId, revision.value.bootConfigurationRevision)
  if (binding === undefined || revision === undefined || content === undefined) {
    // By its id: it may have asked by a name that iPXE does not know of itself.
    return waiting(read, node.value.xname, `node=${nodeId}`)
  }
  const template = templateName(read, binding.value)
  const { sessionId, attempt, attemptId } = binding.value
  const text = bootScript({
    node: { id: nodeId, xname: node.value.xname },
    attempt: { sessionId, number: attempt, id: attemptId },
    from: [
      `template ${template}`,
      `node@${node.revision}`,
      `binding@${binding.revision}`,
      `${revision.key}@${revision.revision}`,
      `${content.key}@${content.revision}`,
    ],
    kernel: content.value.kernel,
    initrd: content.value.initrd,
    parameters: content.value.parameters,
    urls: peerUrls(read),
  })
  return { text, bound: { template, sessionId, attempt, attemptId } }
}

/**
 * The script of a machine for which there is nothing to boot; of one that nobody knows, too. `query` is how it says who
 * it is when it asks again.
 */
export function waiting(read: Reader, subject: string, query: string): NodeScript {
  return { text: waitingScript({ subject, urls: peerUrls(read), query }), bound: undefined }
}
