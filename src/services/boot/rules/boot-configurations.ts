import { trivetError } from '../../../lib/errors.ts'
import type {
  CreateBootConfigurationRequest,
  DeleteBootConfigurationRequest,
  UpdateBootConfigurationRequest,
} from '../../../gen/trivet/boot/v1/boot_configurations_pb.ts'
import { UpdateBootConfigurationRequestSchema } from '../../../gen/trivet/boot/v1/boot_configurations_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put, remove } from '../../../state/write.ts'
import { onlyTenant } from '../../inventory/rules/references.ts'
import { requireEtag } from '../../kernel/etag.ts'
import { maskedFields } from '../../kernel/update-mask.ts'
import { bootConfigurationRevisions, bootConfigurations, templateRevisions, templates } from '../tables.ts'
import { requireArtifactUrl, requireParameters } from './kernel-line.ts'
import { bootConfigurationByReference, bootConfigurationRevision } from './references.ts'
import { requireRoomForRevision } from './revision-limit.ts'

/**
 * Creates a boot configuration with its first revision.
 * Errors: NAME_IN_USE, URL_INVALID, PARAMETERS_INVALID.
 */
export function createBootConfiguration(read: Evaluation, request: CreateBootConfigurationRequest): readonly Write[] {
  const { name, kernel, initrd, parameters } = request
  requireFreeName(read, name)
  requireContent({ kernel, initrd, parameters })
  const id = read.newId('bc')
  const createdMs = BigInt(read.timeMs)
  return [
    put(bootConfigurations, {
      id,
      tenant: onlyTenant,
      createdMs,
      lastUpdatedMs: createdMs,
      name,
      newestRevision: 1,
    }),
    put(bootConfigurationRevisions, {
      configurationId: id,
      revision: 1,
      createdMs,
      author: read.request.principal,
      kernel,
      initrd,
      parameters,
    }),
  ]
}

/**
 * Changes a boot configuration: its content by a new revision, its name in place. Templates keep what they pin.
 * Errors: BOOT_CONFIGURATION_NOT_FOUND, ETAG_MISMATCH, NAME_IN_USE, URL_INVALID, PARAMETERS_INVALID,
 * TOO_MANY_REVISIONS.
 */
export function updateBootConfiguration(read: Evaluation, request: UpdateBootConfigurationRequest): readonly Write[] {
  const stored = bootConfigurationByReference(read, request.bootConfiguration)
  requireEtag(read, stored, { etag: request.etag, kind: 'boot configuration', name: stored.value.name })
  const mask = maskedFields(UpdateBootConfigurationRequestSchema, request, {
    mask: request.updateMask?.paths,
    changeable: ['name', 'kernel', 'initrd', 'parameters'],
  })
  if (mask.size === 0) return [keep(bootConfigurations, stored)]
  const row = { ...stored.value, lastUpdatedMs: BigInt(read.timeMs) }
  if (mask.has('name')) {
    requireFreeName(read, request.name, stored.key)
    row.name = request.name
  }
  const newest = bootConfigurationRevision(read, stored.key, stored.value.newestRevision)!.value
  const next = { kernel: newest.kernel, initrd: newest.initrd, parameters: newest.parameters }
  if (mask.has('kernel')) next.kernel = request.kernel
  if (mask.has('initrd')) next.initrd = request.initrd
  if (mask.has('parameters')) next.parameters = request.parameters
  requireContent(next)
  const same = next.kernel === newest.kernel && next.initrd === newest.initrd && next.parameters === newest.parameters
  if (same) return [put(bootConfigurations, row)]
  requireRoomForRevision('boot configuration', row.name, row.newestRevision)
  row.newestRevision += 1
  return [
    put(bootConfigurations, row),
    put(bootConfigurationRevisions, {
      ...next,
      configurationId: stored.key,
      revision: row.newestRevision,
      createdMs: BigInt(read.timeMs),
      author: read.request.principal,
    }),
  ]
}

/**
 * Deletes a boot configuration with its revisions.
 * Errors: BOOT_CONFIGURATION_NOT_FOUND, ETAG_MISMATCH, CONFIGURATION_IN_USE, naming the templates that pin it.
 */
export function deleteBootConfiguration(read: Evaluation, request: DeleteBootConfigurationRequest): readonly Write[] {
  const stored = bootConfigurationByReference(read, request.bootConfiguration)
  requireEtag(read, stored, { etag: request.etag, kind: 'boot configuration', name: stored.value.name })
  const pinning = read.bucket(templateRevisions, 'bootConfiguration', stored.key)
  if (pinning.length > 0) {
    const ids = [...new Set(pinning.map(({ value }) => value.templateId))]
    const names = ids.map((id) => read.get(templates, id)?.value.name ?? id)
    throw trivetError('CONFIGURATION_IN_USE', { kind: 'boot configuration', name: stored.value.name, templates: names })
  }
  return [
    remove(bootConfigurations, stored),
    ...read
      .bucket(bootConfigurationRevisions, 'configuration', stored.key)
      .map((revision) => remove(bootConfigurationRevisions, revision)),
  ]
}

function requireContent(content: {
  readonly kernel: string
  readonly initrd: string
  readonly parameters: string
}): void {
  requireArtifactUrl('kernel', content.kernel)
  if (content.initrd !== '') requireArtifactUrl('initrd', content.initrd)
  requireParameters(content.parameters)
}

function requireFreeName(read: Evaluation, name: string, own = ''): void {
  if (name === '') throw trivetError('INVALID_REQUEST', { reason: 'the name of a boot configuration cannot be empty' })
  const holder = read.unique(bootConfigurations, 'name', [onlyTenant, name])
  if (holder === undefined || holder.key === own) return
  throw trivetError('NAME_IN_USE', { kind: 'boot configuration', name, revision: holder.revision })
}
