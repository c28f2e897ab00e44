import { trivetError } from '../../lib/errors.ts'
import { BrokenExpand } from '../broken-expand.ts'
import { fieldOf, type Document } from '../document.ts'
import { pathKey } from '../link.ts'
import { walk, type WalkResult } from '../walk.ts'
import type { Tree } from './sample-tree.ts'

export interface TreeWalk {
  readonly result: WalkResult
  /** GETs in order, with their queries. */
  readonly gets: readonly string[]
}

/**
 * Explores documents in memory, by path key, as a BMC would serve them: without `$expand` (refused with 501), or with
 * it. Links that lead nowhere answer 404.
 */
export async function walkTree(
  tree: ReadonlyMap<string, unknown>,
  options: {
    readonly expand: boolean
    readonly bmcHost?: string
    readonly pinnedMacs?: ReadonlyMap<number, string>
    readonly observedMacs?: ReadonlySet<string>
  },
): Promise<TreeWalk> {
  const gets: string[] = []
  const failure = (path: string, status: number) => ({
    failure: trivetError('BMC_REQUEST_REFUSED', { address: 'tree', status, request: `GET ${path}`, text: 'refused' }),
    httpStatus: status,
  })
  const result = await walk(
    {
      address: 'tree',
      get: async (path) => {
        gets.push(path)
        const [bare, query] = path.split('?', 2) as [string, string?]
        const document = tree.get(pathKey(bare))
        if (document === undefined) return failure(path, 404)
        if (typeof document !== 'object' || document === null || Array.isArray(document)) {
          return {
            failure: trivetError('BMC_NOT_REDFISH', { address: 'tree', reason: `GET ${path} is no object` }),
            httpStatus: 200,
          }
        }
        if (query === undefined) return { document: document as Document }
        return options.expand ? { document: expanded(tree, document as Document) } : failure(path, 501)
      },
      rootRead: () => undefined,
      profileFound: () => undefined,
    },
    {
      bmcHost: options.bmcHost ?? '',
      pinnedMacs: options.pinnedMacs ?? new Map(),
      observedMacs: options.observedMacs ?? new Set(),
      brokenExpand: new BrokenExpand(),
    },
  )
  return { result, gets }
}

/** A captured tree as strict as a real BMC: paths as keys. */
export function keyed(tree: Tree): Tree {
  return new Map([...tree].map(([path, document]) => [pathKey(path), document]))
}

function expanded(tree: ReadonlyMap<string, unknown>, document: Document): Document {
  const members = document['Members']
  if (!Array.isArray(members)) return document
  const inline = members.map((member: unknown) => {
    const path = fieldOf(member, '@odata.id')
    const body = typeof path === 'string' ? tree.get(pathKey(path)) : undefined
    return typeof body === 'object' && body !== null ? { '@odata.id': path, ...body } : member
  })
  return { ...document, Members: inline }
}
