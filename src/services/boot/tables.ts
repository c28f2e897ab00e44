import {
  BootConfigurationRevisionRowSchema,
  BootConfigurationRowSchema,
  NodeBindingRowSchema,
  NodeBootRowSchema,
  RuntimeConfigurationRevisionRowSchema,
  RuntimeConfigurationRowSchema,
  TemplateRevisionRowSchema,
  TemplateRowSchema,
} from '../../gen/trivet/rows/v1/boot_pb.ts'
import { table } from '../../state/table.ts'
import { nodes } from '../inventory/tables.ts'

/** Boot configurations by name; what they say stands in their revisions. */
export const bootConfigurations = table({
  name: 'boot_configuration',
  row: BootConfigurationRowSchema,
  key: (configuration) => configuration.id,
  unique: { name: (configuration) => [configuration.tenant, configuration.name] },
})

/** What a boot configuration said at one time; never changed. */
export const bootConfigurationRevisions = table({
  name: 'boot_configuration_revision',
  row: BootConfigurationRevisionRowSchema,
  key: (revision) => `${revision.configurationId}/${revision.revision}`,
  owner: { table: bootConfigurations, key: (revision) => revision.configurationId },
  buckets: { configuration: (revision) => revision.configurationId },
})

/** Runtime configurations by name; what they say stands in their revisions. */
export const runtimeConfigurations = table({
  name: 'runtime_configuration',
  row: RuntimeConfigurationRowSchema,
  key: (configuration) => configuration.id,
  unique: { name: (configuration) => [configuration.tenant, configuration.name] },
})

/** What a runtime configuration said at one time; never changed. */
export const runtimeConfigurationRevisions = table({
  name: 'runtime_configuration_revision',
  row: RuntimeConfigurationRevisionRowSchema,
  key: (revision) => `${revision.configurationId}/${revision.revision}`,
  owner: { table: runtimeConfigurations, key: (revision) => revision.configurationId },
  buckets: { configuration: (revision) => revision.configurationId },
})

/** Templates by name; what they pin stands in their revisions. */
export const templates = table({
  name: 'template',
  row: TemplateRowSchema,
  key: (template) => template.id,
  unique: { name: (template) => [template.tenant, template.name] },
})

/** What a template pinned at one time; never changed. */
export const templateRevisions = table({
  name: 'template_revision',
  row: TemplateRevisionRowSchema,
  key: (revision) => `${revision.templateId}/${revision.revision}`,
  owner: { table: templates, key: (revision) => revision.templateId },
  buckets: {
    template: (revision) => revision.templateId,
    bootConfiguration: (revision) => revision.bootConfigurationId,
    runtimeConfiguration: (revision) =>
      revision.runtimeConfigurationId === '' ? undefined : revision.runtimeConfigurationId,
  },
})

/** What a node boots now: written when a target of a session is bound, and stays until the next one. */
export const nodeBindings = table({
  name: 'node_binding',
  row: NodeBindingRowSchema,
  key: (binding) => binding.nodeId,
  owner: { table: nodes, key: (binding) => binding.nodeId },
  buckets: { template: (binding) => binding.templateId },
})

/** What a node last fetched and reported. */
export const nodeBoots = table({
  name: 'node_boot',
  row: NodeBootRowSchema,
  key: (boot) => boot.nodeId,
  owner: { table: nodes, key: (boot) => boot.nodeId },
})
