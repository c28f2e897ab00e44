import type { Reader } from '../../../state/read.ts'
import { nodes } from '../../inventory/tables.ts'
import { runtimeConfigurationRevision, templateRevision } from '../rules/references.ts'
import { nodeBindings } from '../tables.ts'

/** The documents that a node asks for, by the names of cloud-init's NoCloud. */
export const seedDocuments = ['meta-data', 'user-data', 'vendor-data', 'network-config'] as const

/** One of them. */
export type SeedDocument = (typeof seedDocuments)[number]

/** Keys of meta-data that trivet writes itself. */
export const ownMetaData: readonly string[] = ['instance-id', 'local-hostname', 'hostname']

/** What cloud-init takes for "nothing to do". */
const emptyCloudConfig = '#cloud-config\n'

/** A document that says nothing; undefined for meta-data, without which there is no node to configure. */
export function emptyDocument(document: SeedDocument): string | undefined {
  if (document === 'meta-data') return undefined
  return document === 'network-config' ? '' : emptyCloudConfig
}

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
        ...Object.fromEntries(Object.entries(runtime?.metaData ?? {}).filter(([key]) => !ownMetaData.includes(key))),
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

/**
 * Every value is quoted as JSON, which YAML reads: no hostname or number is taken for something else. Keys are quoted
 * where they would be. What JSON leaves as it is and YAML takes for a line break, or refuses, is escaped.
 */
function metaData(keys: Readonly<Record<string, string>>): string {
  return Object.entries(keys)
    .map(([key, value]) => `${/^[a-z][-a-z]*$/.test(key) ? key : quoted(key)}: ${quoted(value)}\n`)
    .join('')
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
