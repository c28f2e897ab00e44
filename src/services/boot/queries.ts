import type {
  GetBootConfigurationRequest,
  ListBootConfigurationsRequest,
} from '../../gen/trivet/boot/v1/boot_configurations_pb.ts'
import type { RenderBootScriptRequest } from '../../gen/trivet/boot/v1/boot_scripts_pb.ts'
import type {
  GetRuntimeConfigurationRequest,
  ListRuntimeConfigurationsRequest,
} from '../../gen/trivet/boot/v1/runtime_configurations_pb.ts'
import type {
  GetTemplateRequest,
  ListTemplateRevisionsRequest,
  ListTemplatesRequest,
} from '../../gen/trivet/boot/v1/templates_pb.ts'
import type { Reader } from '../../state/read.ts'
import { nodeByReference } from '../inventory/rules/references.ts'
import { page, textOrder } from '../kernel/paging.ts'
import { bootConfigurationAnswer, runtimeConfigurationAnswer } from './answers/configurations.ts'
import { templateAnswer, templateRevisionAnswer } from './answers/template.ts'
import { sha256Hex } from './render/digest.ts'
import { nodeScript } from './render/node-script.ts'
import {
  bootConfigurationByReference,
  runtimeConfigurationByReference,
  templateByReference,
} from './rules/references.ts'
import { bootConfigurations, runtimeConfigurations, templateRevisions, templates } from './tables.ts'

const byName = {
  position: (stored: { readonly value: { readonly name: string } }) => stored.value.name,
  compare: textOrder,
}

function sorted<Item extends { readonly value: { readonly name: string } }>(items: Iterable<Item>): Item[] {
  return [...items].sort((a, b) => textOrder(a.value.name, b.value.name))
}

/** Boot configurations in the order of their names. */
export function listBootConfigurations(read: Reader, request: ListBootConfigurationsRequest) {
  const { items, nextPageToken } = page(read, sorted(read.all(bootConfigurations)), request, byName)
  const answers = items.map((stored) => bootConfigurationAnswer(read, stored))
  return { bootConfigurations: answers, nextPageToken, revision: BigInt(read.revision) }
}

/** One boot configuration. */
export function getBootConfiguration(read: Reader, request: GetBootConfigurationRequest) {
  const stored = bootConfigurationByReference(read, request.bootConfiguration)
  return { bootConfiguration: bootConfigurationAnswer(read, stored) }
}

/** Runtime configurations in the order of their names. */
export function listRuntimeConfigurations(read: Reader, request: ListRuntimeConfigurationsRequest) {
  const { items, nextPageToken } = page(read, sorted(read.all(runtimeConfigurations)), request, byName)
  const answers = items.map((stored) => runtimeConfigurationAnswer(read, stored))
  return { runtimeConfigurations: answers, nextPageToken, revision: BigInt(read.revision) }
}

/** One runtime configuration. */
export function getRuntimeConfiguration(read: Reader, request: GetRuntimeConfigurationRequest) {
  const stored = runtimeConfigurationByReference(read, request.runtimeConfiguration)
  return { runtimeConfiguration: runtimeConfigurationAnswer(read, stored) }
}

/** Templates in the order of their names. */
export function listTemplates(read: Reader, request: ListTemplatesRequest) {
  const { items, nextPageToken } = page(read, sorted(read.all(templates)), request, byName)
  const answers = items.map((stored) => templateAnswer(read, stored).template)
  return { templates: answers, nextPageToken, revision: BigInt(read.revision) }
}

/** One template. */
export function getTemplate(read: Reader, request: GetTemplateRequest) {
  return templateAnswer(read, templateByReference(read, request.template))
}

/** The revisions of a template, the newest first. */
export function listTemplateRevisions(read: Reader, request: ListTemplateRevisionsRequest) {
  const template = templateByReference(read, request.template)
  const found = read.bucket(templateRevisions, 'template', template.key).map(({ value }) => value)
  return { revisions: [...found].sort((a, b) => b.revision - a.revision).map(templateRevisionAnswer) }
}

/** What a node would get if it asked now. */
export function renderBootScript(read: Reader, request: RenderBootScriptRequest) {
  const node = nodeByReference(read, request.node)
  const script = nodeScript(read, node.key)
  return {
    script: script.text,
    sha256: sha256Hex(script.text),
    template: script.bound?.template ?? '',
    sessionId: script.bound?.sessionId ?? '',
    attempt: script.bound?.attempt ?? 0,
    revision: BigInt(read.revision),
  }
}
