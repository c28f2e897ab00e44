import { trivetError } from '../../../lib/errors.ts'
import type {
  CreateRuntimeConfigurationRequest,
  DeleteRuntimeConfigurationRequest,
  UpdateRuntimeConfigurationRequest,
} from '../../../gen/trivet/boot/v1/runtime_configurations_pb.ts'
import { UpdateRuntimeConfigurationRequestSchema } from '../../../gen/trivet/boot/v1/runtime_configurations_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put, remove } from '../../../state/write.ts'
import { onlyTenant } from '../../inventory/rules/references.ts'
import { requireEtag } from '../../kernel/etag.ts'
import { maskedFields } from '../../kernel/update-mask.ts'
import { runtimeConfigurationRevisions, runtimeConfigurations, templateRevisions, templates } from '../tables.ts'
import type { RuntimeDocuments } from './documents.ts'
import { sameDocuments } from './documents.ts'
import { runtimeConfigurationByReference, runtimeConfigurationRevision } from './references.ts'
import { requireRoomForRevision } from './revision-limit.ts'

/** Creates a runtime configuration with its first revision. Errors: NAME_IN_USE. */
export function createRuntimeConfiguration(
  read: Evaluation,
  request: CreateRuntimeConfigurationRequest,
): readonly Write[] {
  const { name, userData, vendorData, metaData, networkConfig } = request
  requireFreeName(read, name)
  const id = read.newId('rc')
  const createdMs = BigInt(read.timeMs)
  return [
    put(runtimeConfigurations, {
      id,
      tenant: onlyTenant,
      createdMs,
      lastUpdatedMs: createdMs,
      name,
      newestRevision: 1,
    }),
    put(runtimeConfigurationRevisions, {
      configurationId: id,
      revision: 1,
      createdMs,
      author: read.request.principal,
      userData,
      vendorData,
      metaData,
      networkConfig,
    }),
  ]
}

/**
 * Changes a runtime configuration: its content by a new revision, its name in place. Templates keep what they pin.
 * Errors: RUNTIME_CONFIGURATION_NOT_FOUND, ETAG_MISMATCH, NAME_IN_USE, TOO_MANY_REVISIONS.
 */
export function updateRuntimeConfiguration(
  read: Evaluation,
  request: UpdateRuntimeConfigurationRequest,
): readonly Write[] {
  const stored = runtimeConfigurationByReference(read, request.runtimeConfiguration)
  requireEtag(read, stored, { etag: request.etag, kind: 'runtime configuration', name: stored.value.name })
  const mask = maskedFields(UpdateRuntimeConfigurationRequestSchema, request, {
    mask: request.updateMask?.paths,
    changeable: ['name', 'user_data', 'vendor_data', 'meta_data', 'network_config'],
  })
  if (mask.size === 0) return [keep(runtimeConfigurations, stored)]
  const row = { ...stored.value, lastUpdatedMs: BigInt(read.timeMs) }
  if (mask.has('name')) {
    requireFreeName(read, request.name, stored.key)
    row.name = request.name
  }
  const newest = runtimeConfigurationRevision(read, stored.key, stored.value.newestRevision)!.value
  const next: RuntimeDocuments = {
    userData: mask.has('user_data') ? request.userData : newest.userData,
    vendorData: mask.has('vendor_data') ? request.vendorData : newest.vendorData,
    metaData: mask.has('meta_data') ? request.metaData : newest.metaData,
    networkConfig: mask.has('network_config') ? request.networkConfig : newest.networkConfig,
  }
  if (sameDocuments(next, newest)) return [put(runtimeConfigurations, row)]
  requireRoomForRevision('runtime configuration', row.name, row.newestRevision)
  row.newestRevision += 1
  return [
    put(runtimeConfigurations, row),
    put(runtimeConfigurationRevisions, {
      ...next,
      configurationId: stored.key,
      revision: row.newestRevision,
      createdMs: BigInt(read.timeMs),
      author: read.request.principal,
    }),
  ]
}

/**
 * Deletes a runtime configuration with its revisions.
 * Errors: RUNTIME_CONFIGURATION_NOT_FOUND, ETAG_MISMATCH, CONFIGURATION_IN_USE, naming the templates that pin it.
 */
export function deleteRuntimeConfiguration(
  read: Evaluation,
  request: DeleteRuntimeConfigurationRequest,
): readonly Write[] {
  const stored = runtimeConfigurationByReference(read, request.runtimeConfiguration)
  requireEtag(read, stored, { etag: request.etag, kind: 'runtime configuration', name: stored.value.name })
  const pinning = read.bucket(templateRevisions, 'runtimeConfiguration', stored.key)
  if (pinning.length > 0) {
    const ids = [...new Set(pinning.map(({ value }) => value.templateId))]
    const names = ids.map((id) => read.get(templates, id)?.value.name ?? id)
    const { name } = stored.value
    throw trivetError('CONFIGURATION_IN_USE', { kind: 'runtime configuration', name, templates: names })
  }
  return [
    remove(runtimeConfigurations, stored),
    ...read
      .bucket(runtimeConfigurationRevisions, 'configuration', stored.key)
      .map((revision) => remove(runtimeConfigurationRevisions, revision)),
  ]
}

function requireFreeName(read: Evaluation, name: string, own = ''): void {
  if (name === '')
    throw trivetError('INVALID_REQUEST', { reason: 'the name of a runtime configuration cannot be empty' })
  const holder = read.unique(runtimeConfigurations, 'name', [onlyTenant, name])
  if (holder === undefined || holder.key === own) return
  throw trivetError('NAME_IN_USE', { kind: 'runtime configuration', name, revision: holder.revision })
}
