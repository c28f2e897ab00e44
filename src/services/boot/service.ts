import { BootService } from '../../gen/trivet/boot/v1/boot_pb.ts'
import { read, service, write } from '../kernel/method.ts'
import { deleted, resource } from '../kernel/resource.ts'
import { bootConfigurationAnswer, runtimeConfigurationAnswer, templatesPinningOlder } from './answers/configurations.ts'
import { templateAnswer } from './answers/template.ts'
import { requireDocuments } from './check-documents.ts'
import {
  getBootConfiguration,
  getRuntimeConfiguration,
  getTemplate,
  listBootConfigurations,
  listRuntimeConfigurations,
  listTemplateRevisions,
  listTemplates,
  renderBootScript,
} from './queries.ts'
import {
  createBootConfiguration,
  deleteBootConfiguration,
  updateBootConfiguration,
} from './rules/boot-configurations.ts'
import {
  createRuntimeConfiguration,
  deleteRuntimeConfiguration,
  updateRuntimeConfiguration,
} from './rules/runtime-configurations.ts'
import { createTemplate, deleteTemplate, updateTemplate } from './rules/templates.ts'
import { bootConfigurations, runtimeConfigurations, templates } from './tables.ts'

const bootConfiguration = resource(bootConfigurations, (stored, from) => ({
  bootConfiguration: bootConfigurationAnswer(from, stored),
}))
const changedBootConfiguration = resource(bootConfigurations, (stored, from) => ({
  bootConfiguration: bootConfigurationAnswer(from, stored),
  templatesPinningOlder: templatesPinningOlder(from, stored.value, 'bootConfiguration'),
}))
const runtimeConfiguration = resource(runtimeConfigurations, (stored, from) => ({
  runtimeConfiguration: runtimeConfigurationAnswer(from, stored),
}))
const changedRuntimeConfiguration = resource(runtimeConfigurations, (stored, from) => ({
  runtimeConfiguration: runtimeConfigurationAnswer(from, stored),
  templatesPinningOlder: templatesPinningOlder(from, stored.value, 'runtimeConfiguration'),
}))
const template = resource(templates, (stored, from) => templateAnswer(from, stored))

/** What nodes boot, and with which data. */
export const boot = service(BootService, {
  listBootConfigurations: read(listBootConfigurations),
  getBootConfiguration: read(getBootConfiguration),
  createBootConfiguration: write(createBootConfiguration, bootConfiguration),
  updateBootConfiguration: write(updateBootConfiguration, changedBootConfiguration),
  deleteBootConfiguration: write(deleteBootConfiguration, deleted),
  listRuntimeConfigurations: read(listRuntimeConfigurations),
  getRuntimeConfiguration: read(getRuntimeConfiguration),
  createRuntimeConfiguration: write(createRuntimeConfiguration, runtimeConfiguration, { check: requireDocuments }),
  updateRuntimeConfiguration: write(updateRuntimeConfiguration, changedRuntimeConfiguration, {
    check: requireDocuments,
  }),
  deleteRuntimeConfiguration: write(deleteRuntimeConfiguration, deleted),
  listTemplates: read(listTemplates),
  getTemplate: read(getTemplate),
  createTemplate: write(createTemplate, template),
  updateTemplate: write(updateTemplate, template),
  deleteTemplate: write(deleteTemplate, deleted),
  listTemplateRevisions: read(listTemplateRevisions),
  renderBootScript: read(renderBootScript),
})
