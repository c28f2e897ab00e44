import { trivetError, type TrivetError } from '../lib/errors.ts'
import type { BmcAnswer, BmcClient } from './bmc-client.ts'
import type { Document } from './document.ts'
import { fieldOf } from './document.ts'
import { limits } from './limits.ts'
import { linkedPath, locationPath } from './link.ts'
import { redfishError } from './mapping/redfish-error.ts'
import type { BmcAddress } from './bmc-address.ts'
import type { BmcCredential } from './port.ts'
import type { WrongCredentials } from './wrong-credentials.ts'

/** What makes a request authenticated. */
export type AuthHeaders = Readonly<Record<string, string>>

/**
 * The one session with a BMC: made when first needed, shared by all requests, made anew when the BMC has ended it,
 * deleted at the end (iDRAC has eight in all). Basic authentication is used only where there is no session to be had:
 * by BMCs without a session service, and by those all of whose sessions are taken; never because something failed. At
 * most two logins fail in its life.
 */
export class BmcSession {
  readonly #client: BmcClient
  readonly #address: BmcAddress
  readonly #credential: BmcCredential
  readonly #wrong: WrongCredentials
  readonly #abort = new AbortController()
  #sessionsPath: string | undefined
  #current: Current | undefined
  #login: Promise<AuthHeaders> | undefined
  #failures = 0
  #refusedWith = 0
  #closed = false

  constructor(options: {
    readonly client: BmcClient
    readonly address: BmcAddress
    readonly credential: BmcCredential
    readonly wrong: WrongCredentials
  }) {
    this.#client = options.client
    this.#address = options.address
    this.#credential = options.credential
    this.#wrong = options.wrong
  }

  /**
   * Headers for one request; logs in first where needed.
   * Errors: BMC_AUTHENTICATION_FAILED, BMC_PASSWORD_CHANGE_REQUIRED, BMC_REQUEST_REFUSED, BMC_NOT_REDFISH, transport.
   */
  async headers(): Promise<AuthHeaders> {
    if (this.#closed) throw trivetError('CANCELLED', {})
    if (this.#current !== undefined) return this.#current.headers
    this.#login ??= this.#logIn().finally(() => {
      this.#login = undefined
    })
    return this.#login
  }

  /** The root says where sessions are made: some BMCs have another place than the usual one. */
  learnRoot(root: Document): void {
    this.#sessionsPath ??= linkedPath(fieldOf(root, 'Links', 'Sessions'))
  }

  /** The BMC answered 401 to a request with these headers: they are not used again. */
  refused(headers: AuthHeaders, status: number): void {
    if (this.#current?.headers !== headers) return
    const wasBasic = this.#current.kind === 'basic'
    this.#current = undefined
    if (wasBasic) this.#countFailure(status)
  }

  /**
   * Deletes the session, within `closeTimeoutMs`; a login that is under way is let finish first, or its session would
   * stay behind. What fails is left to the BMC's own time-out.
   */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const deadline = setTimeout(() => this.#abort.abort(), limits.closeTimeoutMs)
    try {
      await this.#login?.catch(() => undefined)
      if (this.#current?.kind !== 'token' || this.#current.path === undefined) return
      const { path, headers } = this.#current
      await this.#client.send({ method: 'DELETE', path, headers, signal: this.#abort.signal }).catch(() => undefined)
    } finally {
      clearTimeout(deadline)
      this.#current = undefined
      this.#abort.abort()
    }
  }

  async #logIn(): Promise<AuthHeaders> {
    let path = this.#sessionsPath ?? usualSessionsPath
    for (;;) {
      this.#requireTries()
      const answer = await this.#client.send({
        method: 'POST',
        path,
        headers: {},
        body: { UserName: this.#credential.username, Password: this.#credential.password },
        signal: this.#abort.signal,
      })
      if (answer.status >= 200 && answer.status < 300) return this.#begin(answer)
      if (isNotThere(answer.status)) {
        const next = await this.#otherSessionsPath(path)
        if (next === undefined) return this.#beginBasic()
        path = next
        continue
      }
      // A BMC has few sessions, and a process that was killed leaves its own behind until the BMC's time-out.
      if (redfishError(answer.document).messageIds.some((id) => sessionLimitIds.has(id))) return this.#beginBasic()
      this.#requireWrongCredential(answer, path)
      this.#countFailure(answer.status)
    }
  }

  #begin(answer: BmcAnswer): AuthHeaders {
    const token = answer.headers.get('x-auth-token')
    const change = redfishError(answer.document).messageIds.includes('PasswordChangeRequired')
    if (token === undefined || token === '' || !/^[\x21-\x7e]+$/.test(token)) {
      if (change) throw this.#passwordChange()
      const reason = 'it made a session and gave no token for it'
      throw trivetError('BMC_NOT_REDFISH', { address: this.#address.text, reason })
    }
    const path = linkedPath(answer.document) ?? locationPath(answer.headers.get('location'), this.#address.origin)
    this.#wrong.forget(this.#address.text)
    this.#current = { kind: 'token', headers: { 'x-auth-token': token }, path }
    // bmcweb gives a session that can do nothing but change the password.
    if (change) throw this.#passwordChange()
    return this.#current.headers
  }

  #beginBasic(): AuthHeaders {
    const { username, password } = this.#credential
    const headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
    this.#current = { kind: 'basic', headers }
    return headers
  }

  /** Where else sessions may be made; `undefined` when the BMC has no session service. */
  async #otherSessionsPath(tried: string): Promise<string | undefined> {
    if (this.#sessionsPath !== undefined) return undefined
    const root = await this.#client.send({
      method: 'GET',
      path: '/redfish/v1/',
      headers: {},
      signal: this.#abort.signal,
    })
    if (root.document === undefined) return undefined
    this.learnRoot(root.document)
    return this.#sessionsPath === tried ? undefined : this.#sessionsPath
  }

  #countFailure(status: number): void {
    this.#failures++
    this.#refusedWith = status
    if (this.#failures >= limits.loginFailuresMax) this.#wrong.remember(this.#address.text, this.#credential, status)
  }

  #requireTries(): void {
    const known = this.#wrong.statusOf(this.#address.text, this.#credential)
    if (known !== undefined) throw this.#authenticationFailed(known)
    if (this.#failures >= limits.loginFailuresMax) throw this.#authenticationFailed(this.#refusedWith)
  }

  /** Throws unless the answer says that the credential is wrong. */
  #requireWrongCredential(answer: BmcAnswer, path: string): void {
    const error = redfishError(answer.document)
    if (error.messageIds.includes('PasswordChangeRequired')) throw this.#passwordChange()
    if (answer.status === 401 || answer.status === 403) return
    if (answer.status === 400 && error.messageIds.some((id) => wrongCredentialIds.has(id))) return
    throw trivetError('BMC_REQUEST_REFUSED', {
      address: this.#address.text,
      status: answer.status,
      request: `POST ${path}`,
      text: error.text === '' ? 'no reason given' : error.text,
    })
  }

  #authenticationFailed(status: number): TrivetError {
    const { username } = this.#credential
    return trivetError('BMC_AUTHENTICATION_FAILED', {
      address: this.#address.text,
      status,
      username,
      tries: limits.loginFailuresMax,
    })
  }

  #passwordChange(): TrivetError {
    const { username } = this.#credential
    return trivetError('BMC_PASSWORD_CHANGE_REQUIRED', { address: this.#address.text, username })
  }
}

type Current =
  | { readonly kind: 'token'; readonly headers: AuthHeaders; readonly path: string | undefined }
  | { readonly kind: 'basic'; readonly headers: AuthHeaders }

const usualSessionsPath = '/redfish/v1/SessionService/Sessions'

/** How HPE and others say 401 with a 400. */
const wrongCredentialIds: ReadonlySet<string> = new Set(['UnauthorizedLoginAttempt', 'NoValidSession', 'AccessDenied'])

/** How BMCs say that all their sessions are taken: HPE, Cray, Dell. */
const sessionLimitIds: ReadonlySet<string> = new Set([
  'CreateLimitReachedForResource',
  'SessionLimitExceeded',
  'RAC0218',
])

function isNotThere(status: number): boolean {
  return status === 404 || status === 405 || status === 501
}
