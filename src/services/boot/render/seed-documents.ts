import type { Reader } from '../../../state/read.ts'
import { nodes } from '../../inventory/tables.ts'
import { runtimeConfigurationRevision, templateRevision } from '../rules/references.ts'
import { nodeBindings } from '../tables.ts'

/** The documents that a node asks for, by the names of cloud-init's NoCloud. */
export const seedDocuments = ['meta-data', 'user-data', 'vendor-data', 'network-config'] as const

/** One of them. */
export type SeedDocument = (typeof seedDocuments)[number]

/** What cloud-init takes for "nothing to do". */
const emptyCloudConfig = '#cloud-config\n'

/**
 * Renders one cloud-init document for an attempt of a node; undefined when the node is not bound to that attempt.
 * A document that nobody configured is empty, never missing: cloud-init waits 10 s for each one that it gets a 404 for
 * (boot rule R5).
 */
export function seedDocument(
  read: Reader,
  asked: { readonly nodeId: string; readonly attemptId: string; readonly document: SeedDocument },
): string | undefined {
  const { nodeId, attemptId, document } = asked
  const node = read.get(nodes, nodeId)?.value
  const binding = read.get(nodeBindings, nodeId)?.value
  if (node === undefined || binding?.attemptId !== attemptId) return undefined
  const revision = templateRevision(read, binding.templateId, binding.templateRevision)?.value
  const runtime =
    revision &&
    runtimeConfigurationRevision(read, revision.runtimeConfigurationId, revision.runtimeConfigurationRevision)?.value
  switch (document) {
    case 'meta-data':
      return metaData({
        'instance-id': attemptId,
        'local-hostname': node.hostname === '' ? node.xname : node.hostname,
        ...runtime?.metaData,
      })
    case 'user-data':
      return orEmpty(runtime?.userData)
    case 'vendor-data':
      return orEmpty(runtime?.vendorData)
    case 'network-config':
      return runtime?.networkConfig ?? ''
  }
}

function orEmpty(text: string | undefined): string {
  return text === undefined || text === '' ? emptyCloudConfig : text
}

/** Every value is quoted as JSON, which YAML reads: no hostname or number is taken for something else. */
function metaData(keys: Readonly<Record<string, string>>): string {
  return Object.entries(keys)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join('')
}
