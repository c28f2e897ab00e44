import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { isFieldSet } from '@bufbuild/protobuf'
import { trivetError } from '../../lib/errors.ts'

/**
 * Which of the changeable fields an update changes: those that the mask names, or, without a mask, those that are
 * given. A field that the mask names and the request does not give is cleared. Fields are named as in the proto.
 */
export function maskedFields<Desc extends DescMessage, Name extends string>(
  schema: Desc,
  request: MessageShape<Desc>,
  options: { readonly mask: readonly string[] | undefined; readonly changeable: readonly Name[] },
): ReadonlySet<Name> {
  const { mask, changeable } = options
  if (mask === undefined || mask.length === 0) {
    return new Set(changeable.filter((name) => isFieldSet(request, fieldOf(schema, name))))
  }
  const known = new Set<string>(changeable)
  const unknown = mask.filter((path) => !known.has(path))
  if (unknown.length > 0) {
    throw trivetError(
      'INVALID_REQUEST',
      { reason: `update_mask names ${unknown.join(', ')}` },
      { violations: [{ field: 'update_mask', description: `may name ${changeable.join(', ')}` }] },
    )
  }
  return new Set(mask as readonly Name[])
}

function fieldOf(schema: DescMessage, name: string) {
  const field = schema.fields.find((candidate) => candidate.name === name)
  if (field === undefined) throw new Error(`${schema.typeName} has no field ${name}`)
  return field
}
