import { ChangeService } from '../../../src/gen/trivet/change/v1/change_pb.ts'
import { InventoryService } from '../../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import type { PeerProcess } from './peer-process.ts'
import type { Site } from './site.ts'

/** Longest wait for the answer of a peer that has just come back. */
const timeoutMs = 30_000

/** Names of all groups, as one peer says, or whichever answers. */
export async function groupNames(site: Site, peer?: PeerProcess): Promise<string[]> {
  const inventory = peer === undefined ? site.client(InventoryService) : site.clientOf(peer, InventoryService)
  const names: string[] = []
  for (let pageToken = ''; ;) {
    const page = await inventory.listGroups({ pageSize: 1_000, pageToken }, { timeoutMs })
    names.push(...page.groups.map(({ name }) => name))
    if (page.nextPageToken === '') return names
    pageToken = page.nextPageToken
  }
}

/** Acknowledged names that are not there. */
export async function lostGroups(site: Site, acknowledged: readonly string[]): Promise<string[]> {
  const names = new Set(await groupNames(site))
  return acknowledged.filter((name) => !names.has(name))
}

/**
 * What is wrong with groups whose clients all know what became of their writes: each peer must have exactly those that
 * were acknowledged, and the changes must tell of one creation for each, under a request id of its own.
 */
export async function wrongWithGroups(
  site: Site,
  of: { readonly prefix: string; readonly acknowledged: readonly string[]; readonly afterRevision: number },
): Promise<string[]> {
  const wrong: string[] = []
  const { revision } = await site.agreed()
  const acknowledged = new Set(of.acknowledged)
  if (acknowledged.size !== of.acknowledged.length) wrong.push('a name was acknowledged twice')
  for (const peer of site.peers) {
    const names = (await groupNames(site, peer)).filter((name) => name.startsWith(of.prefix))
    const there = new Set(names)
    const missing = of.acknowledged.filter((name) => !there.has(name))
    if (missing.length > 0) wrong.push(`peer ${peer.name} has lost ${missing.join(', ')}`)
    const strange = names.filter((name) => !acknowledged.has(name))
    if (strange.length > 0) wrong.push(`peer ${peer.name} has ${strange.join(', ')}, which nobody was told of`)
    if (there.size !== names.length) wrong.push(`peer ${peer.name} has a group twice`)
  }
  const requestIds = await creations(site, of.afterRevision, revision)
  if (requestIds.length !== acknowledged.size) {
    wrong.push(`${requestIds.length} groups were created for ${acknowledged.size} acknowledgements`)
  }
  if (new Set(requestIds).size !== requestIds.length) wrong.push('a request was executed twice')
  return wrong
}

/** Request ids of the creations of groups behind a revision, up to another one. */
async function creations(site: Site, afterRevision: number, upTo: number): Promise<string[]> {
  const stopped = new AbortController()
  const requestIds: string[] = []
  const stream = site
    .client(ChangeService)
    .watchChanges({ afterRevision: BigInt(afterRevision) }, { signal: stopped.signal })
  try {
    for await (const { bookmark, method, requestId, revision } of stream) {
      if (!bookmark && method.endsWith('/CreateGroup')) requestIds.push(requestId)
      if (Number(revision) >= upTo) break
    }
  } finally {
    stopped.abort()
  }
  return requestIds
}
