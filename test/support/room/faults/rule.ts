/**
 * One fault, as data: which requests to a BMC it strikes, and what it does to them. Rules are loaded at start and over
 * the control server; every rule that matches strikes, in the order in which the rules were added.
 */
export interface FaultRule {
  /** Glob on the BMC's suggested xname or its `host:port`; every BMC when absent. `*` and `?` as in a shell. */
  readonly bmc?: string
  /** Glob on the HTTP method; every one when absent. */
  readonly method?: string
  /** Glob on the path without query, `*` crosses slashes; every one when absent. */
  readonly path?: string
  /** Glob on the ResetType in the body; a rule that has it strikes resets only. */
  readonly resetType?: string
  /** Lets that many matching requests pass first; 0 when absent. */
  readonly skip?: number
  /** Strikes that many times and never again; without end when absent. */
  readonly times?: number
  readonly action: FaultAction
}

export type FaultAction =
  /** Answers with this status instead of handling the request. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly messageId?: string
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** Waits before it handles the request, in real milliseconds. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Never answers; with `when: 'after'` it has done what was asked. */
  | { readonly kind: 'hang'; readonly when?: FaultMoment }
  /** Resets the connection; with `when: 'after'` it has done what was asked. */
  | { readonly kind: 'reset_connection'; readonly when?: FaultMoment }
  /** Handles the request, announces the whole length, sends so many bytes of the body and closes. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** Answers 401, whatever the credentials. */
  | { readonly kind: 'unauthorized' }
  /** Reports this PowerState for so many room milliseconds after its first strike, whatever is true. */
  | { readonly kind: 'wrong_state'; readonly state: string | null; readonly ms: number }
  /** Refuses a reset, as the vendor does unless status or MessageId say otherwise. */
  | { readonly kind: 'refuse_reset'; readonly status?: number; readonly messageId?: string }
  /** Accepts a reset, and nothing happens. */
  | { readonly kind: 'never_obey' }
  /** The new power state is reported so many room milliseconds after it was reached. */
  | { readonly kind: 'late_report'; readonly ms: number }

export type FaultMoment = 'before' | 'after'

/** Kinds that concern what a reset does, and not its HTTP request. */
export const resetFaultKinds = ['refuse_reset', 'never_obey', 'late_report'] as const

type FieldCheck = (value: unknown) => boolean

const isText: FieldCheck = (value) => typeof value === 'string' && value.length > 0 && value.length <= 1_000
const isCount: FieldCheck = (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 1e9
const isStatus: FieldCheck = (value) => Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 599
const isMoment: FieldCheck = (value) => value === 'before' || value === 'after'
const isHeaders: FieldCheck = (value) =>
  isObject(value) && Object.values(value).every((header) => typeof header === 'string')

interface ActionShape {
  readonly required: Readonly<Record<string, FieldCheck>>
  readonly optional: Readonly<Record<string, FieldCheck>>
}

const actionShapes: { readonly [Kind in FaultAction['kind']]: ActionShape } = {
  status: {
    required: { status: isStatus },
    optional: { messageId: isText, body: (value) => typeof value === 'string', headers: isHeaders },
  },
  latency: { required: { ms: isCount }, optional: {} },
  hang: { required: {}, optional: { when: isMoment } },
  reset_connection: { required: {}, optional: { when: isMoment } },
  truncate: { required: { bytes: isCount }, optional: {} },
  unauthorized: { required: {}, optional: {} },
  wrong_state: { required: { state: (value) => value === null || isText(value), ms: isCount }, optional: {} },
  refuse_reset: { required: {}, optional: { status: isStatus, messageId: isText } },
  never_obey: { required: {}, optional: {} },
  late_report: { required: { ms: isCount }, optional: {} },
}

const selectorShape: Readonly<Record<string, FieldCheck>> = {
  bmc: isText,
  method: isText,
  path: isText,
  resetType: isText,
  skip: isCount,
  times: isCount,
}

/** Checks a rule that came from outside. Throws an Error that names the field: a misspelt one would strike nothing. */
export function parseFaultRule(value: unknown): FaultRule {
  if (!isObject(value)) throw new Error('a fault rule is an object')
  const { action, ...selector } = value
  checkFields('rule', selector, { required: {}, optional: selectorShape })
  if (!isObject(action)) throw new Error('rule.action is an object with a kind')
  const { kind, ...parameters } = action
  if (typeof kind !== 'string' || !Object.hasOwn(actionShapes, kind)) {
    throw new Error(`rule.action.kind is one of ${Object.keys(actionShapes).join(', ')}`)
  }
  checkFields('rule.action', parameters, actionShapes[kind as FaultAction['kind']])
  return value as unknown as FaultRule
}

function checkFields(where: string, fields: Record<string, unknown>, shape: ActionShape): void {
  for (const [name, value] of Object.entries(fields)) {
    const check = shape.required[name] ?? shape.optional[name]
    if (check === undefined) throw new Error(`${where}.${name} is not a field of it`)
    if (!check(value)) throw new Error(`${where}.${name} has a wrong value: ${JSON.stringify(value)}`)
  }
  for (const name of Object.keys(shape.required)) {
    if (!Object.hasOwn(fields, name)) throw new Error(`${where}.${name} is missing`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
