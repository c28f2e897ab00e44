import { isTrivetError, trivetError } from '../../../lib/errors.ts'
import { suggestion } from '../../../lib/closest.ts'
import { foldNodeset } from '../../../lib/nodeset-fold.ts'
import type {
  CreateTemplateRequest,
  DeleteTemplateRequest,
  UpdateTemplateRequest,
} from '../../../gen/trivet/boot/v1/templates_pb.ts'
import { UpdateTemplateRequestSchema } from '../../../gen/trivet/boot/v1/templates_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { put, remove } from '../../../state/write.ts'
import { onlyTenant } from '../../inventory/rules/references.ts'
import { nodes } from '../../inventory/tables.ts'
import { requireEtag } from '../../kernel/etag.ts'
import { maskedFields } from '../../kernel/update-mask.ts'
import { sessions } from '../../session/tables.ts'
import { bootConfigurations, nodeBindings, runtimeConfigurations, templateRevisions, templates } from '../tables.ts'
import {
  bootConfigurationByReference,
  runtimeConfigurationByReference,
  templateByReference,
  templateRevision,
} from './references.ts'
import { requireRoomForRevision } from './revision-limit.ts'
import { templateDigest } from '../template-digest.ts'

/** Nodes that one refusal names, folded. */
export const nodesInErrorMax = 1000

/**
 * Creates a template with its first revision, which pins the newest revisions of what it names.
 * Errors: NAME_IN_USE; TEMPLATE_REFERENCE_MISSING with the field, and the command that lists what there is.
 */
export function createTemplate(read: Evaluation, request: CreateTemplateRequest): readonly Write[] {
  requireFreeName(read, request.name)
  const id = read.newId('tpl')
  const createdMs = BigInt(read.timeMs)
  return [
    put(templates, {
      id,
      tenant: onlyTenant,
      createdMs,
      lastUpdatedMs: createdMs,
      name: request.name,
      newestRevision: 1,
    }),
    revisionOf(read, { id, revision: 1, parent: 0, message: request.message }, request),
  ]
}

/**
 * Makes a new revision of a template, which pins the newest revisions of what it names, also when nothing else is
 * given: that is how a template takes up a changed configuration.
 * Errors: TEMPLATE_NOT_FOUND, ETAG_MISMATCH, NAME_IN_USE, TEMPLATE_REFERENCE_MISSING, TOO_MANY_REVISIONS.
 */
export function updateTemplate(read: Evaluation, request: UpdateTemplateRequest): readonly Write[] {
  const stored = templateByReference(read, request.template)
  requireEtag(read, stored, { etag: request.etag, kind: 'template', name: stored.value.name })
  const mask = maskedFields(UpdateTemplateRequestSchema, request, {
    mask: request.updateMask?.paths,
    changeable: ['name', 'boot_configuration', 'runtime_configuration', 'message'],
  })
  const row = { ...stored.value, lastUpdatedMs: BigInt(read.timeMs) }
  if (mask.has('name')) {
    requireFreeName(read, request.name, stored.key)
    row.name = request.name
  }
  requireRoomForRevision('template', row.name, row.newestRevision)
  const parent = row.newestRevision
  const newest = templateRevision(read, stored.key, parent)!.value
  row.newestRevision = parent + 1
  return [
    put(templates, row),
    revisionOf(
      read,
      { id: stored.key, revision: row.newestRevision, parent, message: request.message },
      {
        bootConfiguration: mask.has('boot_configuration') ? request.bootConfiguration : newest.bootConfigurationId,
        runtimeConfiguration: mask.has('runtime_configuration')
          ? request.runtimeConfiguration
          : newest.runtimeConfigurationId,
      },
    ),
  ]
}

/**
 * Deletes a template with its revisions.
 * Errors: TEMPLATE_NOT_FOUND; ETAG_MISMATCH; TEMPLATE_IN_USE, naming the open sessions or the nodes that boot it.
 */
export function deleteTemplate(read: Evaluation, request: DeleteTemplateRequest): readonly Write[] {
  const stored = templateByReference(read, request.template)
  requireEtag(read, stored, { etag: request.etag, kind: 'template', name: stored.value.name })
  const open = read.bucket(sessions, 'openOnTemplate', stored.key).map((session) => `session ${session.key}`)
  const bound = read.bucket(nodeBindings, 'template', stored.key)
  const names = bound
    .slice(0, nodesInErrorMax)
    .map(({ value }) => read.get(nodes, value.nodeId)?.value.xname ?? value.nodeId)
  const rest = bound.length - names.length
  const more = rest > 0 ? [rest === 1 ? '1 more node' : `${rest} more nodes`] : []
  const users = [...open, ...(names.length > 0 ? [foldNodeset(names)] : []), ...more]
  if (users.length > 0) throw trivetError('TEMPLATE_IN_USE', { template: stored.value.name, users })
  return [
    remove(templates, stored),
    ...read.bucket(templateRevisions, 'template', stored.key).map((revision) => remove(templateRevisions, revision)),
  ]
}

function revisionOf(
  read: Evaluation,
  made: { readonly id: string; readonly revision: number; readonly parent: number; readonly message: string },
  named: { readonly bootConfiguration: string; readonly runtimeConfiguration: string },
): Write {
  const boot = pinnedBoot(read, named.bootConfiguration)
  const runtime = named.runtimeConfiguration === '' ? undefined : pinnedRuntime(read, named.runtimeConfiguration)
  const pins = {
    bootConfigurationId: boot.key,
    bootConfigurationRevision: boot.value.newestRevision,
    runtimeConfigurationId: runtime?.key ?? '',
    runtimeConfigurationRevision: runtime?.value.newestRevision ?? 0,
  }
  return put(templateRevisions, {
    ...pins,
    templateId: made.id,
    revision: made.revision,
    createdMs: BigInt(read.timeMs),
    author: read.request.principal,
    message: made.message,
    parent: made.parent,
    digest: templateDigest(read, pins),
  })
}

function pinnedBoot(read: Evaluation, reference: string) {
  try {
    return bootConfigurationByReference(read, reference)
  } catch (error) {
    const names = [...read.all(bootConfigurations)].map(({ value }) => value.name)
    throw missing(error, { field: 'boot_configuration', kind: 'boot configuration', reference, names })
  }
}

function pinnedRuntime(read: Evaluation, reference: string) {
  try {
    return runtimeConfigurationByReference(read, reference)
  } catch (error) {
    const names = [...read.all(runtimeConfigurations)].map(({ value }) => value.name)
    throw missing(error, { field: 'runtime_configuration', kind: 'runtime configuration', reference, names })
  }
}

function missing(
  cause: unknown,
  named: {
    readonly field: string
    readonly kind: string
    readonly reference: string
    readonly names: readonly string[]
  },
): unknown {
  if (!isTrivetError(cause)) return cause
  const { field, kind, reference, names } = named
  return trivetError(
    'TEMPLATE_REFERENCE_MISSING',
    { field, reference, kind, noun: kind.replace(' ', '-'), suggestion: suggestion(reference, names) },
    { violations: [{ field, description: `there is no ${kind} ${reference}` }], cause },
  )
}

function requireFreeName(read: Evaluation, name: string, own = ''): void {
  if (name === '') throw trivetError('INVALID_REQUEST', { reason: 'the name of a template cannot be empty' })
  const holder = read.unique(templates, 'name', [onlyTenant, name])
  if (holder === undefined || holder.key === own) return
  throw trivetError('NAME_IN_USE', { kind: 'template', name, revision: holder.revision })
}
