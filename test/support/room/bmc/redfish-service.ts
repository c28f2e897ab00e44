import { crc32 } from 'node:zlib'
import type { FaultAction } from '../faults/rule.ts'
import type { Ledger, LedgerEntry } from '../ledger.ts'
import type { Random } from '../random.ts'
import type { Answer } from './answer.ts'
import type { Authentication } from './authentication.ts'
import type { BmcCounters } from './counters.ts'
import type { BmcProfile, BmcView, Refusal, ResourceTree } from './profile.ts'
import type { RoomResetType } from './power.ts'
import type { EmulatedSystem } from './system.ts'

/** A request, as the service reads it. */
export interface RedfishRequest {
  readonly method: string
  /** Without query, as it came. */
  readonly path: string
  readonly query: string
  readonly body: string
  readonly token: string | undefined
  readonly authorization: string | undefined
  readonly ifMatch: string | undefined
  /** Address of the client, for the ledger. */
  readonly from: string
}

export interface RedfishServiceOptions {
  readonly profile: BmcProfile
  readonly view: BmcView
  readonly systems: readonly EmulatedSystem[]
  readonly authentication: Authentication
  readonly counters: BmcCounters
  readonly ledger: Ledger
  readonly random: Random
  /** The PowerState that a fault makes this BMC report; `undefined` for the truth. */
  readonly reportedInstead: () => { readonly state: string | null } | undefined
}

const sessionsPath = '/redfish/v1/sessionservice/sessions'
const resetPath = /^\/redfish\/v1\/systems\/([^/]+)\/actions\/computersystem\.reset$/

/** What one BMC does with a request: who may, what there is, and what a reset sets off. */
export class RedfishService {
  readonly #options: RedfishServiceOptions
  readonly #tree: ResourceTree

  constructor(options: RedfishServiceOptions) {
    this.#options = options
    this.#tree = options.profile.resources(options.view)
  }

  /** `faults` are those that concern a reset; the others struck before. */
  handle(request: RedfishRequest, faults: readonly FaultAction[]): Answer {
    const { profile } = this.#options
    const location = profile.locate(request.path, request.method)
    if (location.kind === 'redirect') {
      const to = request.query === '' ? location.to : `${location.to}?${request.query}`
      return { status: 308, headers: { Location: to } }
    }
    const isPublic = ['/redfish', '/redfish/v1'].includes(location.path) && isRead(request.method)
    const isLogin = request.method === 'POST' && location.path.toLowerCase() === sessionsPath
    if (isLogin) return this.#login(request)
    const unauthorized = isPublic ? undefined : this.#unauthorized(request)
    if (unauthorized !== undefined) return unauthorized
    if (isRead(request.method)) return this.#read(location.path, request)
    const session = location.path.toLowerCase().startsWith(`${sessionsPath}/`)
    if (request.method === 'DELETE' && session) return this.#logout(location.path)
    const reset = request.method === 'POST' ? resetPath.exec(location.path.toLowerCase()) : null
    const system = reset === null ? undefined : this.#system(reset[1]!)
    if (system !== undefined) return this.#reset(system, request, faults)
    if (request.method === 'PATCH' && profile.overrideTargets.length > 0) return this.#patch(location.path, request)
    return profile.refuse(this.#tree.has(location.path) ? 'method_not_allowed' : 'not_found')
  }

  /** The ResetType that a request asks for; `undefined` when it is no reset. */
  resetTypeOf(request: Pick<RedfishRequest, 'method' | 'path' | 'body'>): string | undefined {
    const path = request.path.toLowerCase().replace(/\/$/, '')
    if (request.method !== 'POST' || !resetPath.test(path)) return undefined
    const type = parseObject(request.body)?.['ResetType']
    return typeof type === 'string' ? type : ''
  }

  #login(request: RedfishRequest): Answer {
    const { authentication, counters, profile, view } = this.#options
    const body = parseObject(request.body)
    if (body === undefined) return profile.refuse('malformed_body')
    const wasLocked = authentication.locked
    const result = authentication.login(body['UserName'], body['Password'])
    if (result.kind === 'open') return profile.sessionOpened(view, result.session, String(body['UserName']))
    counters.unauthorized++
    this.#recordLoginRefused(result.reason, wasLocked, request.from)
    return profile.refuse(result.reason === 'too_many_sessions' ? 'too_many_sessions' : 'wrong_credentials')
  }

  #unauthorized(request: RedfishRequest): Answer | undefined {
    const { authentication, counters, profile } = this.#options
    const wasLocked = authentication.locked
    const verdict = authentication.judge(request)
    if (verdict.kind === 'known') return undefined
    counters.unauthorized++
    const refusals: { readonly [Reason in typeof verdict.reason]: Refusal } = {
      missing: 'no_credentials',
      session: 'no_session',
      password: 'wrong_credentials',
      locked: 'wrong_credentials',
    }
    if (verdict.reason === 'password' || verdict.reason === 'locked') {
      this.#recordLoginRefused(verdict.reason, wasLocked, request.from)
    }
    return profile.refuse(refusals[verdict.reason])
  }

  #recordLoginRefused(reason: string, wasLocked: boolean, from: string): void {
    this.#record({ kind: 'login_refused', reason, from })
    if (!wasLocked && this.#options.authentication.locked) this.#record({ kind: 'locked_out', from })
  }

  #logout(path: string): Answer {
    const { authentication, profile } = this.#options
    const id = path.slice(sessionsPath.length + 1)
    return authentication.logout(id) ? profile.sessionClosed() : profile.refuse('not_found')
  }

  #read(path: string, request: RedfishRequest): Answer {
    const { profile } = this.#options
    const found = this.#resource(path)
    if (found === undefined) return profile.refuse('not_found')
    const expanded = this.#expanded(found, request.query)
    if (expanded === undefined) return profile.refuse('expand_not_allowed')
    const etag = etagOf(expanded)
    return { status: 200, headers: { ETag: etag }, body: { '@odata.etag': etag, ...expanded } }
  }

  #resource(path: string): Record<string, unknown> | undefined {
    const made = this.#tree.get(path)?.() as Record<string, unknown> | undefined
    if (made === undefined) return undefined
    const instead = this.#options.reportedInstead()
    const told = instead !== undefined && 'PowerState' in made ? { ...made, PowerState: instead.state } : made
    const members = told['Members']
    if (!this.#options.profile.shufflesMembers || !Array.isArray(members)) return told
    return { ...told, Members: this.#options.random.shuffled(members) }
  }

  /** The resource with `$expand`; `undefined` when the vendor refuses it for this resource or in this form. */
  #expanded(resource: Record<string, unknown>, query: string): Record<string, unknown> | undefined {
    const wanted = new URLSearchParams(query).get('$expand')
    if (wanted === null || !this.#options.profile.expands) return resource
    const members = resource['Members']
    if (!/^\.(?:\(\$levels=1\))?$/.test(wanted) || !Array.isArray(members)) return undefined
    const whole = (members as { readonly '@odata.id': string }[]).map((member) => {
      const location = this.#options.profile.locate(`${member['@odata.id'].replace(/\/$/, '')}/`, 'GET')
      return (location.kind === 'at' ? this.#resource(location.path) : undefined) ?? member
    })
    return { ...resource, Members: whole }
  }

  #reset(system: EmulatedSystem, request: RedfishRequest, faults: readonly FaultAction[]): Answer {
    const { counters, profile } = this.#options
    const place = { system: system.id, node: system.node.identity.xname, from: request.from }
    const refuse = (refusal: Refusal, fault?: FaultAction & { readonly kind: 'refuse_reset' }): Answer => {
      const answer = profile.refuse(refusal, {
        ...(fault?.status === undefined ? {} : { status: fault.status }),
        ...(fault?.messageId === undefined ? {} : { message: { id: fault.messageId, text: 'Refused.' } }),
      })
      counters.resets.refused++
      const messageId = fault?.messageId ?? messageIdOf(answer)
      this.#record({ kind: 'reset_refused', ...place, resetType, status: answer.status, messageId, reason: refusal })
      return answer
    }
    const body = parseObject(request.body)
    const resetType = body?.['ResetType'] ?? null
    if (body === undefined) return refuse('malformed_body')
    if (resetType === null) return refuse('property_missing')
    if (!isResetType(profile, resetType)) return refuse('value_not_allowed')
    const { underWay } = system.power
    if (underWay !== undefined) {
      // Whatever the BMC answers now: nobody may send a reset while the outcome of another one is not known.
      counters.resets.overlaps++
      this.#record({ kind: 'overlap', ...place, resetType, underWay, accepted: system.acceptedSeq })
      return profile.refuse('reset_under_way')
    }
    const refused = faults.find((fault) => fault.kind === 'refuse_reset')
    if (refused !== undefined) return refuse('reset_not_now', refused)
    const changes = !system.power.changesNothing(resetType)
    if (!changes && !profile.acceptsPointlessReset) return refuse('reset_not_possible')
    counters.resets.accepted++
    const before = system.power.physical
    system.acceptedSeq = this.#record({ kind: 'reset_accepted', ...place, resetType, before })
    system.power.begin(resetType, {
      neverObeys: faults.some((fault) => fault.kind === 'never_obey'),
      lateReportMs: faults.reduce((sum, fault) => (fault.kind === 'late_report' ? sum + fault.ms : sum), 0),
    })
    return profile.resetAccepted(changes)
  }

  #patch(path: string, request: RedfishRequest): Answer {
    const { profile } = this.#options
    const system = this.#system(/^\/redfish\/v1\/systems\/([^/]+)$/.exec(path.toLowerCase())?.[1] ?? '')
    const resource = this.#resource(path)
    if (resource === undefined) return profile.refuse('not_found')
    if (system === undefined) return profile.refuse('method_not_allowed')
    if (request.ifMatch !== undefined && request.ifMatch !== '*' && request.ifMatch !== etagOf(resource)) {
      return profile.refuse('etag_mismatch')
    }
    const body = parseObject(request.body)
    if (body === undefined) return profile.refuse('malformed_body')
    const { Boot: boot, ...others } = body
    const [unknown] = Object.keys(others)
    if (unknown !== undefined || typeof boot !== 'object' || boot === null) {
      return profile.refuse('property_unknown', { text: unknown ?? 'Boot' })
    }
    const problem = system.bootOverride.set(boot as Record<string, unknown>)
    if (problem === undefined) return profile.patched()
    return profile.refuse(problem.known ? 'value_not_allowed' : 'property_unknown', { text: problem.wrong })
  }

  #system(id: string): EmulatedSystem | undefined {
    return this.#options.systems.find((system) => system.id.toLowerCase() === id)
  }

  #record(entry: LedgerEntry): number {
    return this.#options.ledger.append({ ...entry, bmc: this.#options.view.xname }).seq
  }
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

function isResetType(profile: BmcProfile, text: unknown): text is RoomResetType {
  return profile.resetTypes.some((type) => type === text)
}

/** Weak, as every vendor's here. */
function etagOf(resource: object): string {
  return `W/"${crc32(JSON.stringify(resource)).toString(16).toUpperCase().padStart(8, '0')}"`
}

function messageIdOf(answer: Answer): string | null {
  const match = /"MessageId":"([^"]+)"/.exec(JSON.stringify(answer.body ?? ''))
  return match?.[1] ?? null
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
