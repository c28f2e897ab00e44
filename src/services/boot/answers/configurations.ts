import type { MessageInitShape } from '@bufbuild/protobuf'
import type { BootConfigurationSchema } from '../../../gen/trivet/boot/v1/boot_configurations_pb.ts'
import type { RuntimeConfigurationSchema } from '../../../gen/trivet/boot/v1/runtime_configurations_pb.ts'
import type { Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import { stamps } from '../../kernel/timestamps.ts'
import { bootConfigurationRevision, runtimeConfigurationRevision } from '../rules/references.ts'
import type { bootConfigurations, runtimeConfigurations } from '../tables.ts'
import { templateRevisions, templates } from '../tables.ts'

/** A boot configuration as the API shows it: its newest revision. */
export function bootConfigurationAnswer(
  read: Reader,
  stored: Stored<RowOf<typeof bootConfigurations>>,
): MessageInitShape<typeof BootConfigurationSchema> {
  const { id, name, newestRevision } = stored.value
  const newest = bootConfigurationRevision(read, id, newestRevision)?.value
  return {
    ...stamps(stored.value),
    id,
    name,
    etag: read.etag(stored),
    revision: newestRevision,
    kernel: newest?.kernel ?? '',
    initrd: newest?.initrd ?? '',
    parameters: newest?.parameters ?? '',
  }
}

/** A runtime configuration as the API shows it: its newest revision. */
export function runtimeConfigurationAnswer(
  read: Reader,
  stored: Stored<RowOf<typeof runtimeConfigurations>>,
): MessageInitShape<typeof RuntimeConfigurationSchema> {
  const { id, name, newestRevision } = stored.value
  const newest = runtimeConfigurationRevision(read, id, newestRevision)?.value
  return {
    ...stamps(stored.value),
    id,
    name,
    etag: read.etag(stored),
    revision: newestRevision,
    userData: newest?.userData ?? '',
    vendorData: newest?.vendorData ?? '',
    metaData: { ...newest?.metaData },
    networkConfig: newest?.networkConfig ?? '',
  }
}

/** Names of the templates whose newest revision pins another revision of a configuration than its newest. */
export function templatesPinningOlder(
  read: Reader,
  configuration: { readonly id: string; readonly newestRevision: number },
  index: 'bootConfiguration' | 'runtimeConfiguration',
): string[] {
  const names = read.bucket(templateRevisions, index, configuration.id).flatMap(({ value }) => {
    const pinned = index === 'bootConfiguration' ? value.bootConfigurationRevision : value.runtimeConfigurationRevision
    const template = read.get(templates, value.templateId)?.value
    const newest = template?.newestRevision === value.revision
    return newest && pinned !== configuration.newestRevision ? [template.name] : []
  })
  return names.sort()
}
