import { randomBytes, timingSafeEqual } from 'node:crypto'

export interface AuthenticationOptions {
  readonly username: string
  readonly password: string
  readonly sessionsMax: number
  /** A session that was not used for this long is gone. Real time: it is the client's clock that it meets. */
  readonly sessionIdleMs: number
  /** Real milliseconds, monotonic. */
  readonly nowMs: () => number
}

export interface Session {
  readonly id: string
  readonly token: string
}

export type LoginResult =
  | { readonly kind: 'open'; readonly session: Session }
  | { readonly kind: 'refused'; readonly reason: 'password' | 'locked' | 'too_many_sessions' }

export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly reason: 'missing' | 'password' | 'locked' | 'session' }

/** OpenBMC and IBM: five failures lock the account for 300 s, the right password included. */
export const failuresMax = 5
export const lockedMs = 300_000

interface OpenSession extends Session {
  usedMs: number
}

/** Who may speak to one BMC: one account, Basic or session, with the lock-out that real BMCs have. */
export class Authentication {
  readonly #options: AuthenticationOptions
  readonly #sessions = new Map<string, OpenSession>()
  #failures = 0
  #lockedUntilMs = Number.NEGATIVE_INFINITY
  #opened = 0

  constructor(options: AuthenticationOptions) {
    this.#options = options
  }

  get locked(): boolean {
    return this.#options.nowMs() < this.#lockedUntilMs
  }

  get sessionsOpen(): number {
    this.#expire()
    return this.#sessions.size
  }

  /** Sessions opened since the start. */
  get sessionsOpened(): number {
    return this.#opened
  }

  sessionIds(): string[] {
    this.#expire()
    return [...this.#sessions.values()].map((session) => session.id)
  }

  /** Opens a session. */
  login(username: unknown, password: unknown): LoginResult {
    const refused = this.#judge(username, password)
    if (refused !== undefined) return { kind: 'refused', reason: refused }
    this.#expire()
    if (this.#sessions.size >= this.#options.sessionsMax) return { kind: 'refused', reason: 'too_many_sessions' }
    const session: OpenSession = {
      id: randomBytes(8).toString('hex'),
      token: randomBytes(16).toString('hex'),
      usedMs: this.#options.nowMs(),
    }
    this.#sessions.set(session.token, session)
    this.#opened++
    return { kind: 'open', session }
  }

  /** Judges a request by its headers; a session that is used lives on. A token counts before Basic credentials. */
  judge(headers: { readonly token: string | undefined; readonly authorization: string | undefined }): Verdict {
    if (headers.token !== undefined) {
      this.#expire()
      const session = this.#sessions.get(headers.token)
      if (session === undefined) return { kind: 'refused', reason: 'session' }
      session.usedMs = this.#options.nowMs()
      return { kind: 'known' }
    }
    const basic = /^Basic ([A-Za-z0-9+/=]+)$/.exec(headers.authorization ?? '')
    if (basic === null) return { kind: 'refused', reason: 'missing' }
    const text = Buffer.from(basic[1]!, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    const refused = this.#judge(text.slice(0, Math.max(0, colon)), text.slice(colon + 1))
    return refused === undefined ? { kind: 'known' } : { kind: 'refused', reason: refused }
  }

  /** Ends a session; false when there is none of this id. */
  logout(id: string): boolean {
    for (const [token, session] of this.#sessions) {
      if (session.id === id) return this.#sessions.delete(token)
    }
    return false
  }

  #judge(username: unknown, password: unknown): 'password' | 'locked' | undefined {
    if (this.locked) return 'locked'
    if (equal(username, this.#options.username) && equal(password, this.#options.password)) {
      this.#failures = 0
      return undefined
    }
    this.#failures++
    if (this.#failures >= failuresMax) {
      this.#failures = 0
      this.#lockedUntilMs = this.#options.nowMs() + lockedMs
    }
    return 'password'
  }

  #expire(): void {
    const oldestMs = this.#options.nowMs() - this.#options.sessionIdleMs
    for (const [token, session] of this.#sessions) {
      if (session.usedMs < oldestMs) this.#sessions.delete(token)
    }
  }
}

function equal(given: unknown, wanted: string): boolean {
  if (typeof given !== 'string') return false
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
