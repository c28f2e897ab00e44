import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Document } from '../document.ts'
import { pathKey } from '../link.ts'
import type { Tree } from './sample-tree.ts'

/**
 * Answers of real BMCs, kept beside the repository and not in it. Tests that need them are skipped where they are not.
 */
const directory = join(import.meta.dirname, '../../../../shared/data/redfish')

/** Why tests over captured trees are skipped; empty when they are there. */
export const capturedTreesMissing = existsSync(join(directory, 'expected-xnames.json'))
  ? ''
  : 'captured answers of real BMCs are not beside this checkout'

/** Names of all captured trees. */
export function capturedTreeNames(): readonly string[] {
  if (capturedTreesMissing !== '') return []
  const suffix = '.json.gz'
  return readdirSync(directory)
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
}

/** The documents of one captured tree, by path key. */
export function capturedTree(name: string): Tree {
  const text = gunzipSync(readFileSync(join(directory, `${name}.json.gz`))).toString()
  const documents = Object.entries(JSON.parse(text) as Record<string, Document>)
  return new Map(documents.map(([path, document]) => [pathKey(path), document]))
}

/** Which xname HMS gives to which resource, for some of the trees. */
export function expectedXnames(): readonly ExpectedXnames[] {
  const text = readFileSync(join(directory, 'expected-xnames.json'), 'utf8')
  return (JSON.parse(text) as { readonly endpoints: readonly ExpectedXnames[] }).endpoints
}

export interface ExpectedXnames {
  readonly tree: string
  readonly bmc: string
  /** Xname of the node → resource id. */
  readonly systems?: Readonly<Record<string, string>>
  readonly systemResetTypes?: number
  readonly manager?: string
}
