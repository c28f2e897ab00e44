import type { FieldTable } from './table.ts'

/** The flag of a field, without dashes in front: `boot_timeout` → `boot-timeout`, a secret → `password-file`. */
export function flagName(field: Pick<FieldTable, 'path' | 'source'>): string {
  const name = field.path.replaceAll('_', '-')
  return field.source === 'secret' ? `${name}-file` : name
}

/** All flags of a field: a bool has one for each of its values. */
export function flagNames(field: Pick<FieldTable, 'path' | 'source' | 'kind'>): string[] {
  const name = flagName(field)
  return field.kind === 'bool' ? [name, `no-${name}`] : [name]
}
