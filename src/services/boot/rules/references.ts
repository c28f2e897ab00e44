import { suggestion } from '../../../lib/closest.ts'
import { trivetError } from '../../../lib/errors.ts'
import type { Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import { onlyTenant } from '../../inventory/rules/references.ts'
import {
  bootConfigurationRevisions,
  bootConfigurations,
  runtimeConfigurationRevisions,
  runtimeConfigurations,
  templateRevisions,
  templates,
} from '../tables.ts'

/** The boot configuration that an id or a name means. Errors: BOOT_CONFIGURATION_NOT_FOUND with the nearest name. */
export function bootConfigurationByReference(
  read: Reader,
  reference: string,
): Stored<RowOf<typeof bootConfigurations>> {
  const text = reference.trim()
  const found = read.get(bootConfigurations, text) ?? read.unique(bootConfigurations, 'name', [onlyTenant, text])
  if (found !== undefined) return found
  const names = [...read.all(bootConfigurations)].map(({ value }) => value.name)
  throw trivetError('BOOT_CONFIGURATION_NOT_FOUND', { reference, suggestion: suggestion(text, names) })
}

/** The runtime configuration that an id or a name means. Errors: RUNTIME_CONFIGURATION_NOT_FOUND with the nearest name. */
export function runtimeConfigurationByReference(
  read: Reader,
  reference: string,
): Stored<RowOf<typeof runtimeConfigurations>> {
  const text = reference.trim()
  const found = read.get(runtimeConfigurations, text) ?? read.unique(runtimeConfigurations, 'name', [onlyTenant, text])
  if (found !== undefined) return found
  const names = [...read.all(runtimeConfigurations)].map(({ value }) => value.name)
  throw trivetError('RUNTIME_CONFIGURATION_NOT_FOUND', { reference, suggestion: suggestion(text, names) })
}

/** The template that an id or a name means. Errors: TEMPLATE_NOT_FOUND with the nearest name. */
export function templateByReference(read: Reader, reference: string): Stored<RowOf<typeof templates>> {
  const text = reference.trim()
  const found = read.get(templates, text) ?? read.unique(templates, 'name', [onlyTenant, text])
  if (found !== undefined) return found
  const names = [...read.all(templates)].map(({ value }) => value.name)
  throw trivetError('TEMPLATE_NOT_FOUND', { reference, suggestion: suggestion(text, names) })
}

/** One revision of a boot configuration. It is there as long as the configuration is: revisions go with it only. */
export function bootConfigurationRevision(
  read: Reader,
  id: string,
  revision: number,
): Stored<RowOf<typeof bootConfigurationRevisions>> | undefined {
  return read.get(bootConfigurationRevisions, `${id}/${revision}`)
}

/** One revision of a runtime configuration. */
export function runtimeConfigurationRevision(
  read: Reader,
  id: string,
  revision: number,
): Stored<RowOf<typeof runtimeConfigurationRevisions>> | undefined {
  return read.get(runtimeConfigurationRevisions, `${id}/${revision}`)
}

/** One revision of a template. */
export function templateRevision(
  read: Reader,
  id: string,
  revision: number,
): Stored<RowOf<typeof templateRevisions>> | undefined {
  return read.get(templateRevisions, `${id}/${revision}`)
}
