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
  const writes = request.bmcs.flatMap((line, index) => {
    try {
      return [importOne(read, line, `bmcs[${index}]`, seen)]
    } catch (error) {
      if (!isTrivetError(error)) throw error
      violations.push({ field: `bmcs[${index}]`, description: explained(error) })
      return []
    }
  })
  const [first] = violations
  if (first === undefined) return writes
  const others = violations.length === 1 ? '' : ` (and ${violations.length - 1} more)`
  throw trivetError(
    'IMPORT_REFUSED',
    { total: request.bmcs.length, reason: `${first.field}: ${first.description}${others}` },
    { violations: violations.slice(0, violationsMax) },
  )
}

/** What is wrong with a line, and where the remedy is about that line alone, what to write instead. */
function explained(error: TrivetError): string {
  if (error.code === 'INVALID_REQUEST') return String(error.params['reason'])
  return error.code === 'BMC_ADDRESS_INVALID' ? `${error.message}; ${error.remedy}` : error.message
}

function importOne(read: Evaluation, line: BmcImport, place: string, seen: Map<string, string>): Write {
  const xname = requireXname(line.xname, ['NodeBMC']).text
  const address = parseBmcAddress(line.address).text
  // A BMC's host name often is its xname: the two are different names.
  for (const name of [`xname ${xname}`, `address ${address}`]) {
    const before = seen.get(name)
    if (before !== undefined) throw trivetError('INVALID_REQUEST', { reason: `${name} stands in ${before} already` })
    seen.set(name, place)
  }
  const present = read.unique(bmcs, 'xname', [onlyTenant, xname])
  if (present?.value.address === address) return keep(bmcs, present)
  return newBmc(read, {
    xname: freeBmcXname(read, xname),
    address: freeBmcAddress(read, address),
    description: line.description,
  })
}
