import type { Clock } from '../lib/clock.ts'
import { isTrivetError, trivetError, type ErrorCode, type TrivetError } from '../lib/errors.ts'
import type { AddressPolicy } from './address-policy.ts'
import { BmcClient, type BmcAnswer } from './bmc-client.ts'
import type { BmcAddress } from './bmc-address.ts'
import type { BrokenExpand } from './broken-expand.ts'
import { bmcConnector, type KeyWatch } from './connector.ts'
import { fieldOf, textOf, type Document } from './document.ts'
import { ExploreBudget } from './explore-budget.ts'
import type { Exploration } from './facts.ts'
import { Lanes } from './lanes.ts'
import { limits } from './limits.ts'
import { linkedPath } from './link.ts'
import { powerStateOf } from './mapping/power-state.ts'
import { redfishError } from './mapping/redfish-error.ts'
import type {
  BmcConnection,
  BmcTarget,
  ExploreOptions,
  OpenOptions,
  PowerObservation,
  ResetAnswer,
  ResetGuard,
  ResetRequest,
} from './port.ts'
import { genericProfile, type BmcProfile } from './quirks.ts'
import { sendReset } from './send-reset.ts'
import { BmcSession } from './session.ts'
import { untilAborted } from './until-aborted.ts'
import type { WalkAnswer, WalkReader } from './walk-reader.ts'
import { walk } from './walk.ts'
import type { WrongCredentials } from './wrong-credentials.ts'

/** What all connections of a driver share. */
export interface Shared {
  readonly clock: Clock
  readonly policy: AddressPolicy
  readonly wrong: WrongCredentials
  readonly brokenExpand: BrokenExpand
}

/** Contact to one real BMC. See the port for what its methods guarantee. */
export class RedfishConnection implements BmcConnection {
  readonly address: string
  readonly #target: BmcAddress
  readonly #username: string
  readonly #shared: Shared
  readonly #lanes: Lanes
  readonly #client: BmcClient
  readonly #session: BmcSession
  readonly #keys: KeyWatch = { seen: undefined }
  readonly #closing = new AbortController()
  readonly #exploreTimeoutMs: number
  readonly #onClose: () => void
  #profile: BmcProfile

  constructor(options: {
    readonly target: BmcTarget
    readonly address: BmcAddress
    readonly open: OpenOptions
    readonly shared: Shared
    readonly onClose: () => void
  }) {
    const { target, address, open, shared } = options
    this.address = address.text
    this.#target = address
    this.#username = target.credential.username
    this.#shared = shared
    this.#profile = open.profile ?? genericProfile
    this.#exploreTimeoutMs = open.exploreTimeoutMs ?? limits.exploreTimeoutMs
    this.#onClose = options.onClose
    const connect = bmcConnector({ address, policy: shared.policy, tls: target.tls, keys: this.#keys })
    this.#lanes = new Lanes({ origin: address.origin, connect, connectionsMax: this.#profile.connections })
    this.#client = new BmcClient({
      address,
      lanes: this.#lanes,
      clock: shared.clock,
      requestTimeoutMs: open.requestTimeoutMs ?? limits.requestTimeoutMs,
    })
    this.#session = new BmcSession({
      client: this.#client,
      address,
      credential: target.credential,
      wrong: shared.wrong,
    })
  }

  get spkiSha256(): string | undefined {
    return this.#keys.seen
  }

  get profile(): BmcProfile {
    return this.#profile
  }

  async explore(options: ExploreOptions): Promise<Exploration> {
    const deadline = AbortSignal.timeout(this.#exploreTimeoutMs)
    const signal = AbortSignal.any([options.signal, this.#closing.signal, deadline])
    const budget = new ExploreBudget(this.address)
    try {
      const found = await walk(this.#reader(signal, budget), {
        bmcHost: this.#target.host,
        pinnedMacs: options.pinnedMacs ?? new Map(),
        observedMacs: options.observedMacs ?? new Set(),
        brokenExpand: this.#shared.brokenExpand,
      })
      return { ...found, spkiSha256: this.#keys.seen, requests: budget.gets }
    } catch (error) {
      if (!isTrivetError(error, 'CANCELLED') || !deadline.aborted) throw error
      throw trivetError('BMC_TIMED_OUT', {
        address: this.address,
        what: 'its exploration',
        limitMs: this.#exploreTimeoutMs,
      })
    }
  }

  async powerState(systemPath: string, signal: AbortSignal): Promise<PowerObservation> {
    const answer = await this.#get(this.#ownPath(systemPath), AbortSignal.any([signal, this.#closing.signal]))
    const reported = fieldOf(this.#documentOf(answer, systemPath), 'PowerState')
    return { state: powerStateOf(reported), reported: textOf(reported), observedMs: answer.sentMs }
  }

  async reset(request: ResetRequest, guard: ResetGuard, signal: AbortSignal): Promise<ResetAnswer> {
    return sendReset(request, guard, {
      address: this.address,
      client: this.#client,
      session: this.#session,
      profile: this.#profile,
      signal: AbortSignal.any([signal, this.#closing.signal]),
      warmUp: async (path, warmSignal) => {
        await this.#get(this.#ownPath(path), warmSignal)
      },
    })
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    await this.#session.close()
    await this.#lanes.destroy()
    this.#onClose()
  }

  /** An authenticated GET; logs in again, once, when the BMC has ended the session. */
  async #get(path: string, signal: AbortSignal, onRequest?: () => void): Promise<BmcAnswer> {
    for (let again = true; ; again = false) {
      const headers = await untilAborted(this.#session.headers(), signal)
      const answer = await this.#client.send({
        method: 'GET',
        path,
        headers,
        signal,
        ...(onRequest === undefined ? {} : { onRequest }),
      })
      if (answer.status !== 401) return answer
      this.#session.refused(headers, 401)
      if (!again) {
        // With Basic this was the last try, and says so; a fresh session that is refused has no right to this resource.
        if ('authorization' in headers) await untilAborted(this.#session.headers(), signal)
        return answer
      }
    }
  }

  #reader(signal: AbortSignal, budget: ExploreBudget): WalkReader {
    return {
      address: this.address,
      get: (path) => this.#walkGet(path, signal, budget),
      rootRead: (root) => this.#session.learnRoot(root),
      profileFound: (profile) => {
        this.#profile = profile
      },
    }
  }

  async #walkGet(path: string, signal: AbortSignal, budget: ExploreBudget): Promise<WalkAnswer> {
    const onRequest = () => budget.spendGet()
    let answer: BmcAnswer | undefined
    try {
      // The root is open to everybody, so that clients can find out where to log in.
      answer =
        path === '/redfish/v1/'
          ? await this.#client.send({ method: 'GET', path, headers: {}, signal, onRequest })
          : await this.#get(path, signal, onRequest)
      budget.spendBytes(answer.sizeBytes)
      return { document: this.#documentOf(answer, path) }
    } catch (error) {
      if (isTrivetError(error) && unreadable.has(error.code)) return { failure: error, httpStatus: answer?.status }
      throw error
    }
  }

  /** The document of an answer. Errors: BMC_REQUEST_REFUSED, BMC_PASSWORD_CHANGE_REQUIRED, BMC_NOT_REDFISH. */
  #documentOf(answer: BmcAnswer, path: string): Document {
    const { status, document } = answer
    if (status >= 200 && status < 300 && document !== undefined) return document
    if (status < 300) throw trivetError('BMC_NOT_REDFISH', { address: this.address, reason: answer.nonsense })
    throw this.#refusal(answer, path)
  }

  #refusal(answer: BmcAnswer, path: string): TrivetError {
    const error = redfishError(answer.document)
    if (error.messageIds.includes('PasswordChangeRequired')) {
      return trivetError('BMC_PASSWORD_CHANGE_REQUIRED', { address: this.address, username: this.#username })
    }
    const text = error.text === '' ? unexplained(answer) : error.text
    return trivetError('BMC_REQUEST_REFUSED', {
      address: this.address,
      status: answer.status,
      request: `GET ${path}`,
      text,
    })
  }

  /** Paths come from rows: a path that is none of a BMC's is not requested. */
  #ownPath(path: string): string {
    const own = linkedPath(path)
    if (own !== undefined) return own
    const text = 'the path does not lie below /redfish/v1'
    throw trivetError('BMC_REQUEST_REFUSED', { address: this.address, status: 0, request: `GET ${path}`, text })
  }
}

/** Makes one document unreadable, not the whole walk. */
const unreadable: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BMC_TIMED_OUT',
  'BMC_REQUEST_REFUSED',
  'BMC_NOT_REDFISH',
])

function unexplained(answer: BmcAnswer): string {
  if (answer.status < 400) return 'a redirect that leads away from this BMC, which is not followed'
  return answer.document === undefined ? answer.nonsense : 'no reason given'
}
