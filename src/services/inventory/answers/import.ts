import type { ImportBmcsRequest } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import { compareNatural } from '../../../lib/natural-order.ts'
import { requireXname } from '../../../lib/xname.ts'
import type { Reader } from '../../../state/read.ts'
import type { Written } from '../../kernel/method.ts'
import { onlyTenant } from '../rules/references.ts'
import { bmcs } from '../tables.ts'
import { bmcAnswer } from './bmc.ts'

/** What became of an import: the BMCs that it named, as they are now. */
export function importAnswer(read: Reader, written: Written, request: ImportBmcsRequest) {
  const found = request.bmcs
    .flatMap((line) => read.unique(bmcs, 'xname', [onlyTenant, requireXname(line.xname, ['NodeBMC']).text]) ?? [])
    .sort((a, b) => compareNatural(a.value.xname, b.value.xname))
  const created = found.filter((stored) => stored.revision === written.revision)
  return {
    bmcs: found.map((stored) => bmcAnswer(read, stored)),
    created: created.length,
    unchanged: found.length - created.length,
  }
}
