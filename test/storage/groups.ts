import type { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import type { ServiceClient } from '../../src/rpc/client.ts'

const readMsMax = 2_000

export type Groups = readonly { readonly name: string; readonly description: string }[]

/** Long enough that a flipped bit in a table strikes it, and follows from the name. */
export function describe(name: string): string {
  return `${name} `.repeat(40).trim()
}

export async function listAll(client: ServiceClient<typeof InventoryService>): Promise<Groups> {
  const all: { readonly name: string; readonly description: string }[] = []
  for (let pageToken = ''; ;) {
    const { groups, nextPageToken } = await client.listGroups({ pageSize: 1_000, pageToken }, { timeoutMs: readMsMax })
    all.push(...groups)
    if (nextPageToken === '') return all
    pageToken = nextPageToken
  }
}

/** What is wrong with an answer of whoever was asked after `before` had been acknowledged. */
export function judgeRead(before: readonly string[], groups: Groups): readonly string[] {
  const names = new Set(groups.map(({ name }) => name))
  const missing = before.filter((name) => !names.has(name))
  const altered = groups.filter(({ name, description }) => description !== describe(name))
  return [
    ...(missing.length > 0 ? [`an answer lacked ${missing.length} acknowledged groups, ${missing[0]} among them`] : []),
    ...altered.map(({ name, description }) => `group ${name} was served with ${JSON.stringify(description)}`),
  ]
}
