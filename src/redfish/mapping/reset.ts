import { documentOf, fieldOf, listOf, type Document } from '../document.ts'
import type { ResetFacts, ResetType } from '../facts.ts'
import { linkedPath } from '../link.ts'

const resetTypes: ReadonlySet<string> = new Set<ResetType>([
  'On',
  'ForceOn',
  'Off',
  'ForceOff',
  'GracefulShutdown',
  'GracefulRestart',
  'ForceRestart',
  'PowerCycle',
  'FullPowerCycle',
  'PushPowerButton',
  'Nmi',
  'Pause',
  'Resume',
  'Suspend',
])

/** True for a reset type that Redfish knows. */
export function isResetType(value: unknown): value is ResetType {
  return typeof value === 'string' && resetTypes.has(value)
}

/**
 * How a system is reset; `undefined` when it has no Reset action, or one whose target lies elsewhere.
 * `actionInfo` is the document behind `@Redfish.ActionInfo`, which counts only where the system names no types itself.
 */
export function resetFacts(path: string, system: Document, actionInfo?: Document): ResetFacts | undefined {
  const action = resetAction(system)
  if (action === undefined) return undefined
  const target = action['target'] === undefined ? `${path}/Actions/ComputerSystem.Reset` : linkedPath(action['target'])
  if (target === undefined) return undefined
  const inline = inlineTypes(action)
  return { target, types: inline.length > 0 ? inline : typesOfActionInfo(actionInfo) }
}

/** Where the allowed types have to be read from, when the system does not name them itself. */
export function actionInfoPath(system: Document): string | undefined {
  const action = resetAction(system)
  return action === undefined || inlineTypes(action).length > 0 ? undefined : linkedPath(action['@Redfish.ActionInfo'])
}

/** The reset type that does what is wanted, among those allowed; a BMC that names none gets the usual one. */
export function resetTypeFor(allowed: readonly ResetType[], wanted: 'on' | 'off' | 'soft_off'): ResetType | undefined {
  const fitting = fittingTypes[wanted]
  return allowed.length === 0 ? fitting[0] : fitting.find((type) => allowed.includes(type))
}

/** Best first. PushPowerButton is none of them: what it does depends on the state, which may be changing. */
const fittingTypes = {
  on: ['On', 'ForceOn'],
  off: ['ForceOff'],
  soft_off: ['GracefulShutdown', 'Off'],
} as const satisfies Record<string, readonly ResetType[]>

function resetAction(system: Document): Document | undefined {
  return documentOf(fieldOf(system, 'Actions', '#ComputerSystem.Reset'))
}

function inlineTypes(action: Document): readonly ResetType[] {
  return known(action['ResetType@Redfish.AllowableValues'])
}

function typesOfActionInfo(actionInfo: Document | undefined): readonly ResetType[] {
  const parameter = listOf(actionInfo?.['Parameters']).find((one) => fieldOf(one, 'Name') === 'ResetType')
  return known(fieldOf(parameter, 'AllowableValues'))
}

function known(values: unknown): readonly ResetType[] {
  return [...new Set(listOf(values).filter((value) => isResetType(value)))]
}
