import { isTrivetError, trivetError } from '../../../src/lib/errors.ts'
import { BrokenExpand } from '../../../src/redfish/broken-expand.ts'
import type { Exploration } from '../../../src/redfish/facts.ts'
import { resourcePath } from '../../../src/redfish/link.ts'
import type {
  BmcConnection,
  BmcCredential,
  ExploreOptions,
  PowerObservation,
  ResetAnswer,
  ResetGuard,
  ResetRequest,
} from '../../../src/redfish/port.ts'
import { genericProfile, type BmcProfile } from '../../../src/redfish/quirks.ts'
import { untilAborted } from '../../../src/redfish/until-aborted.ts'
import { walk } from '../../../src/redfish/walk.ts'
import type { FakeBmc, ResetFate } from './fake-bmc.ts'

/** Contact to one BMC in memory. What it explores is read by the real walk. */
export class FakeBmcConnection implements BmcConnection {
  readonly address: string
  readonly #credential: BmcCredential
  readonly #find: () => FakeBmc | undefined
  readonly #closing = new AbortController()
  #profile: BmcProfile
  #bmc: FakeBmc | undefined

  constructor(options: {
    readonly address: string
    readonly credential: BmcCredential
    readonly profile: BmcProfile | undefined
    readonly find: () => FakeBmc | undefined
  }) {
    this.address = options.address
    this.#credential = options.credential
    this.#profile = options.profile ?? genericProfile
    this.#find = options.find
  }

  get spkiSha256(): string | undefined {
    return this.#bmc === undefined ? undefined : Buffer.from(`key of ${this.address}`).toString('base64')
  }

  get profile(): BmcProfile {
    return this.#profile
  }

  async explore(options: ExploreOptions): Promise<Exploration> {
    const signal = this.#either(options.signal)
    const bmc = await this.#ready(signal)
    let requests = 0
    const found = await walk(
      {
        address: this.address,
        get: async (path) => {
          requests++
          const document = bmc.tree().get(resourcePath(path))
          const gone = { address: this.address, status: 404, request: `GET ${path}`, text: 'not there' }
          return document === undefined
            ? { failure: trivetError('BMC_REQUEST_REFUSED', gone), httpStatus: 404 }
            : { document }
        },
        rootRead: () => undefined,
        profileFound: (profile) => {
          this.#profile = profile
        },
      },
      {
        bmcHost: this.address,
        pinnedMacs: options.pinnedMacs ?? new Map(),
        observedMacs: options.observedMacs ?? new Set(),
        brokenExpand: new BrokenExpand(),
      },
    )
    return { ...found, spkiSha256: this.spkiSha256, requests }
  }

  async powerState(systemPath: string, signal: AbortSignal): Promise<PowerObservation> {
    const bmc = await this.#ready(this.#either(signal))
    const observedMs = bmc.clock.monotonicMs()
    const state = bmc.shown(systemPath)
    return { state, reported: state, observedMs }
  }

  async reset(request: ResetRequest, guard: ResetGuard, signal: AbortSignal): Promise<ResetAnswer> {
    const either = this.#either(signal)
    let bmc: FakeBmc
    try {
      bmc = await this.#ready(either)
    } catch (error) {
      if (isTrivetError(error)) return { kind: 'not_sent', reason: error }
      throw error
    }
    if (!guard()) return { kind: 'guard_refused' }
    return this.#answer(bmc.take(request.systemPath, request.type), either)
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    if (this.#bmc !== undefined) this.#bmc.sessionsOpen--
  }

  async #answer(fate: ResetFate | undefined, signal: AbortSignal): Promise<ResetAnswer> {
    switch (fate?.kind) {
      case undefined:
      case 'ignore':
        return { kind: 'accepted', httpStatus: 204 }
      case 'refuse': {
        const { httpStatus, messageId, retryable, afterMs } = fate
        return { kind: 'refused', httpStatus, messageId, text: `refused: ${messageId}`, retryable, afterMs }
      }
      case 'lose_answer':
      case 'lose_request':
        return { kind: 'unknown', reason: this.#unreachable('the connection was reset') }
      case 'hang':
        return untilAborted(new Promise<never>(() => undefined), signal).catch((reason) => ({
          kind: 'unknown',
          reason,
        }))
    }
  }

  /** Logs in where needed, as the first request of a real connection does. */
  async #ready(signal: AbortSignal): Promise<FakeBmc> {
    await Promise.resolve()
    if (signal.aborted) throw trivetError('CANCELLED', {})
    const bmc = this.#find()
    if (bmc === undefined || bmc.gone) throw this.#unreachable('the connection was refused')
    bmc.requests++
    if (bmc.takeHang()) await untilAborted(new Promise<never>(() => undefined), signal)
    const { username, password } = this.#credential
    if (username !== bmc.username || password !== bmc.password) {
      throw trivetError('BMC_AUTHENTICATION_FAILED', { address: this.address, status: 401, username, tries: 2 })
    }
    if (this.#bmc === undefined) bmc.sessionsOpen++
    this.#bmc = bmc
    return bmc
  }

  #either(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal])
  }

  #unreachable(reason: string) {
    return trivetError('BMC_UNREACHABLE', { address: this.address, reason })
  }
}
