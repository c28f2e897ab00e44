import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { TemplateRevisionSchema, TemplateSchema } from '../../../gen/trivet/boot/v1/templates_pb.ts'
import type { Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import { stamps } from '../../kernel/timestamps.ts'
import { templateRevision } from '../rules/references.ts'
import type { templateRevisions, templates } from '../tables.ts'

/** A template as the API shows it, with its newest revision. */
export function templateAnswer(
  read: Reader,
  stored: Stored<RowOf<typeof templates>>,
): {
  template: MessageInitShape<typeof TemplateSchema>
  newest: MessageInitShape<typeof TemplateRevisionSchema>
} {
  const { id, name, newestRevision } = stored.value
  const newest = templateRevision(read, id, newestRevision)!.value
  const template = {
    ...stamps(stored.value),
    id,
    name,
    bootConfigurationId: newest.bootConfigurationId,
    runtimeConfigurationId: newest.runtimeConfigurationId,
    etag: read.etag(stored),
    revision: newestRevision,
  }
  return { template, newest: templateRevisionAnswer(newest) }
}

/** One revision of a template as the API shows it. */
export function templateRevisionAnswer(
  row: Readonly<RowOf<typeof templateRevisions>>,
): MessageInitShape<typeof TemplateRevisionSchema> {
  const { createdMs, $typeName: _type, $unknown: _unknown, ...fields } = row
  return { ...fields, created: timestampFromMs(Number(createdMs)) }
}
