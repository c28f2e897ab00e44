import { suggestion } from '../lib/closest.ts'
import { trivetError } from '../lib/errors.ts'
import { isServiceVariable } from '../lib/service-variables.ts'
import type { GivenSetting, SettingName } from './settings.ts'
import { settings } from './settings.ts'

/** Prefix of everything in the environment that is for trivet. */
const prefix = 'TRIVET_'

/** Is for the CLI, and may be set where a peer runs. */
const serverVariable = 'TRIVET_SERVER'

/**
 * What the environment says: `TRIVET_DATA_DIR` for `data-dir`. A variable that is empty is none. Throws CONFIG_INVALID
 * for one that is no setting: whoever wrote it wants something that would silently not happen.
 */
export function settingsOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<SettingName, GivenSetting> {
  const names = new Map(settings.map(({ name }) => [name.replaceAll('-', '_').toUpperCase(), name]))
  const given = new Map<SettingName, GivenSetting>()
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(prefix) || value === undefined || value === '') continue
    const word = variable.slice(prefix.length)
    const name = names.get(word)
    if (name !== undefined) given.set(name, { value, origin: variable })
    else if (variable !== serverVariable && !isServiceVariable(variable)) {
      const reason = `is no setting${suggestion(word, names.keys(), prefix)}`
      throw trivetError('CONFIG_INVALID', { where: variable, reason })
    }
  }
  return given
}
