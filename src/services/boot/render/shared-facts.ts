import type { Reader } from '../../../state/read.ts'
import { peers } from '../../operator/tables.ts'
import { bootConfigurationRevision, templateRevision } from '../rules/references.ts'
import { templateName } from '../rules/template-name.ts'
import { templates } from '../tables.ts'
import { PeerLoops } from './peer-loop.ts'
import { peerUrls } from './peer-urls.ts'

/** What the scripts of all nodes that are bound to one template revision have in common. */
export interface TemplateFacts {
  /** `compute@3`. */
  readonly name: string
  /** The rows behind it, with their revisions. */
  readonly from: string
  readonly kernel: string
  readonly initrd: string
  readonly parameters: string
}

/** What scripts have in common at one revision of the state. */
export interface SharedFacts {
  readonly revision: number
  readonly peers: PeerLoops
  /** The newest revision of any peer's row. */
  readonly peersRevision: number
  /** By id and revision; undefined for a template that cannot be booted any more. */
  readonly templates: Map<string, TemplateFacts | undefined>
}

const latest = new WeakMap<Reader, SharedFacts>()

/**
 * What scripts have in common now. Rows change with the revision and with nothing else, so it is looked up once for
 * each revision, and not for each of the thousands of nodes that ask in a boot storm.
 */
export function sharedFacts(read: Reader): SharedFacts {
  const known = latest.get(read)
  if (known?.revision === read.revision) return known
  const facts = {
    revision: read.revision,
    peers: new PeerLoops(peerUrls(read)),
    peersRevision: Math.max(0, ...[...read.all(peers)].map(({ revision }) => revision)),
    templates: new Map(),
  }
  latest.set(read, facts)
  return facts
}

/** What a template revision contributes to a script; undefined if it, or what it pins, is gone. */
export function templateFacts(
  read: Reader,
  shared: SharedFacts,
  pinned: { readonly templateId: string; readonly templateRevision: number },
): TemplateFacts | undefined {
  const key = `${pinned.templateId}/${pinned.templateRevision}`
  const known = shared.templates.get(key)
  if (known !== undefined || shared.templates.has(key)) return known
  const facts = lookUp(read, pinned)
  shared.templates.set(key, facts)
  return facts
}

function lookUp(
  read: Reader,
  pinned: { readonly templateId: string; readonly templateRevision: number },
): TemplateFacts | undefined {
  const revision = templateRevision(read, pinned.templateId, pinned.templateRevision)
  if (revision === undefined) return undefined
  const { bootConfigurationId, bootConfigurationRevision: number } = revision.value
  const content = bootConfigurationRevision(read, bootConfigurationId, number)
  if (content === undefined) return undefined
  const { kernel, initrd, parameters } = content.value
  const named = read.get(templates, pinned.templateId)
  const rows = [...(named === undefined ? [] : [named]), revision, content]
  const from = rows.map((row) => `${row.key}@${row.revision}`).join(', ')
  return { name: templateName(read, pinned), from, kernel, initrd, parameters }
}
