import { LineCounter, parseAllDocuments } from 'yaml'
import { trivetError } from '../../lib/errors.ts'
import type { RuntimeDocuments } from './rules/documents.ts'

/** Keys of meta-data that trivet writes itself. */
export const ownMetaData: readonly string[] = ['instance-id', 'local-hostname', 'hostname']

/** First lines that tell cloud-init of a document that is not YAML (cloudinit/handlers, `INCLUSION_TYPES_MAP`). */
const notYaml = [
  '#!',
  '#include',
  '#cloud-boothook',
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
  requireYaml('network_config', documents.networkConfig)
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
  requireYaml(field, text)
}

function requireYaml(field: string, text: string): void {
  if (text.trim() === '') return
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true })
  const errors = Array.isArray(documents) ? documents.flatMap((document) => document.errors) : []
  const [error] = errors
  if (error === undefined) return
  const { line, col } = lines.linePos(error.pos[0])
  throw invalid(field, line, col, error.message.split('\n')[0]!.replace(/ at line .*$/, ''))
}

function invalid(field: string, line: number, column: number, reason: string) {
  return trivetError(
    'DOCUMENT_INVALID',
    { field, line, column, reason },
    { violations: [{ field, description: `line ${line}, column ${column}: ${reason}` }] },
  )
}
