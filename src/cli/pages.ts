import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { trivetError } from '../lib/errors.ts'
import { cliLimits } from './limits.ts'
import type { CommandTable } from './table.ts'

/**
 * All pages of a list as one answer, which stands on the revision of the first: a watch that goes on from there
 * misses nothing. Errors: LIST_TOO_LONG beyond the limits; what `ask` throws.
 */
export async function allPages(
  table: CommandTable,
  request: JsonObject,
  ask: (request: JsonObject) => Promise<JsonObject>,
): Promise<JsonObject> {
  const field = table.answer.rows?.field ?? ''
  const { pagesMax, rowsMax } = cliLimits
  const first = await ask(request)
  const rows = list(first[field])
  let token = first['next_page_token']
  for (let pages = 1; typeof token === 'string' && token !== ''; pages++) {
    const command = `${table.noun} ${table.verb}`
    if (pages >= pagesMax) throw trivetError('LIST_TOO_LONG', { command, limit: pagesMax, unit: 'pages' })
    if (rows.length > rowsMax) throw trivetError('LIST_TOO_LONG', { command, limit: rowsMax, unit: 'rows' })
    const page = await ask({ ...request, page_token: token })
    for (const row of list(page[field])) rows.push(row)
    token = page['next_page_token']
  }
  return { ...first, [field]: rows, next_page_token: '' }
}

function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? [...value] : []
}
