import type { BmcImport, ImportBmcsRequest } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import type { FieldViolation, TrivetError } from '../../../lib/errors.ts'
import { isTrivetError, trivetError } from '../../../lib/errors.ts'
import { requireXname } from '../../../lib/xname.ts'
import { parseBmcAddress } from '../../../redfish/bmc-address.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep } from '../../../state/write.ts'
import { bmcs } from '../tables.ts'
import { freeBmcXname } from './attributes.ts'
import { freeBmcAddress, newBmc } from './create-bmc.ts'
import { onlyTenant } from './references.ts'

/** Wrong lines that one refusal names. */
const violationsMax = 20

/**
 * Imports BMCs, all or none. A BMC that is there with the same xname and address stays as it is.
 * Errors: IMPORT_REFUSED with a violation for each wrong line.
 */
export function importBmcs(read: Evaluation, request: ImportBmcsRequest): readonly Write[] {
  const violations: FieldViolation[] = []
  const seen = new Map<string, string>()
  let first: string | undefined
  const writes = request.bmcs.flatMap((line, index) => {
    const place = `bmcs[${index}]`
    try {
      return [importOne(read, line, place, seen)]
    } catch (error) {
      if (!(error instanceof WrongField)) throw error
      violations.push({ field: `${place}.${error.field}`, description: explained(error.cause) })
      first ??= place
      return []
    }
  })
  if (first === undefined) return writes
  const others = violations.length === 1 ? '' : ` (and ${violations.length - 1} more)`
  throw trivetError(
    'IMPORT_REFUSED',
    { total: request.bmcs.length, reason: `${first}: ${violations[0]!.description}${others}` },
    { violations: violations.slice(0, violationsMax) },
  )
}

/** What is wrong with a line, and where the remedy is about that line alone, what to write instead. */
function explained(error: TrivetError): string {
  if (error.code === 'INVALID_REQUEST') return String(error.params['reason'])
  return error.code === 'BMC_ADDRESS_INVALID' ? `${error.message}; ${error.remedy}` : error.message
}

function importOne(read: Evaluation, line: BmcImport, place: string, seen: Map<string, string>): Write {
  const xname = checked('xname', () => requireXname(line.xname, ['NodeBMC']).text)
  const address = checked('address', () => parseBmcAddress(line.address).text)
  // A BMC's host name often is its xname: the two are different names.
  for (const [field, text] of [
    ['xname', xname],
    ['address', address],
  ] as const) {
    const name = `${field} ${text}`
    const before = seen.get(name)
    checked(field, () => {
      if (before !== undefined) throw trivetError('INVALID_REQUEST', { reason: `${name} stands in ${before} already` })
    })
    seen.set(name, place)
  }
  const present = read.unique(bmcs, 'xname', [onlyTenant, xname])
  if (present?.value.address === address) return keep(bmcs, present)
  return newBmc(read, {
    xname: checked('xname', () => freeBmcXname(read, xname)),
    address: checked('address', () => freeBmcAddress(read, address)),
    description: line.description,
  })
}

/** A refusal of one field of a line, so that a file's line and column can be named. */
class WrongField extends Error {
  readonly field: string
  override readonly cause: TrivetError

  constructor(field: string, cause: TrivetError) {
    super(cause.message)
    this.field = field
    this.cause = cause
  }
}

function checked<Value>(field: 'xname' | 'address', check: () => Value): Value {
  try {
    return check()
  } catch (error) {
    throw isTrivetError(error) ? new WrongField(field, error) : error
  }
}
