import type { Document } from 'yaml'
import { isMap, LineCounter, parseAllDocuments } from 'yaml'
import { trivetError } from '../../lib/errors.ts'
import { yamlMistakes } from '../../lib/yaml-mistakes.ts'
import { ownMetaData } from './render/seed-documents.ts'
import type { RuntimeDocuments } from './rules/documents.ts'

/** First lines that tell cloud-init of a document that is not YAML (cloudinit/handlers, `INCLUSION_TYPES_MAP`). */
const notYaml = [
  '#!',
  '#include',
  '#cloud-boothook',
  '#cloud-config-archive',
  '#cloud-config-jsonp',
  '#part-handler',
  '## template:',
  'Content-Type:',
  'From ',
  'MIME-',
]

/**
 * Refuses documents that a node could not read: a node that finds nonsense comes up unconfigured, and says nothing.
 * Errors: DOCUMENT_INVALID with line and column.
 */
export function requireDocuments(documents: RuntimeDocuments): void {
  requireCloudConfig('user_data', documents.userData)
  requireCloudConfig('vendor_data', documents.vendorData)
  requireNetworkConfig(documents.networkConfig)
  for (const [key, value] of Object.entries(documents.metaData)) {
    const fits = /^[A-Za-z0-9][-_.A-Za-z0-9]{0,127}$/.test(key)
    if (!fits) throw invalid('meta_data', 1, 1, `${JSON.stringify(key)} is not a key: letters, digits, - _ . only`)
    if (ownMetaData.includes(key)) throw invalid('meta_data', 1, 1, `${key} is written by trivet`)
    if (value.length > 4096) throw invalid('meta_data', 1, 1, `${key} has more than 4096 characters`)
  }
}

function requireCloudConfig(field: string, text: string): void {
  if (text === '' || notYaml.some((start) => text.startsWith(start))) return
  if (!/^#cloud-config(\s|$)/.test(text)) {
    throw invalid(field, 1, 1, 'the first line must be #cloud-config, #!, #include or another that cloud-init knows')
  }
  requireMapping(field, text)
}

/** cloud-init takes versions 1 and 2, below `network` or not; with anything else the node comes up without network. */
function requireNetworkConfig(text: string): void {
  const field = 'network_config'
  const document = requireMapping(field, text)
  if (document === undefined) return
  const version = document.getIn(['network', 'version']) ?? document.get('version')
  if (version !== 1 && version !== 2) throw invalid(field, 1, 1, 'it has no version 1 or 2')
}

/** The one mapping of a document; undefined if it says nothing at all. */
function requireMapping(field: string, text: string): Document | undefined {
  if (text.trim() === '') return undefined
  const lines = new LineCounter()
  const options = { lineCounter: lines, uniqueKeys: true, prettyErrors: false, logLevel: 'silent' } as const
  const parsed = parseAllDocuments(text, options)
  const documents: readonly Document[] = Array.isArray(parsed) ? parsed : []
  // A tag that nobody knows is a warning to this parser, and the end to cloud-init's.
  const [mistake] = documents.flatMap(yamlMistakes)
  if (mistake !== undefined) {
    const { line, col } = lines.linePos(mistake.offset)
    throw invalid(field, line, col, mistake.reason)
  }
  if (documents.length > 1) throw invalid(field, 1, 1, 'it holds several documents; one is read')
  const [document] = documents
  if (document === undefined || document.contents === null) return undefined
  if (!isMap(document.contents)) throw invalid(field, 1, 1, 'it is no mapping of keys to values')
  return document
}

function invalid(field: string, line: number, column: number, reason: string) {
  return trivetError(
    'DOCUMENT_INVALID',
    { field, line, column, reason },
    { violations: [{ field, description: `line ${line}, column ${column}: ${reason}` }] },
  )
}
