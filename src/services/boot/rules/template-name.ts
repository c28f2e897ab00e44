import type { Reader } from '../../../state/read.ts'
import { templates } from '../tables.ts'

/** `compute@3`; a template that is gone shows by its id. */
export function templateName(
  read: Reader,
  revision: { readonly templateId: string; readonly templateRevision: number },
): string {
  const name = read.get(templates, revision.templateId)?.value.name ?? revision.templateId
  return `${name}@${revision.templateRevision}`
}
