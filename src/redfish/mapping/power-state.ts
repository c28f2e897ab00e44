import { textOf } from '../document.ts'
import type { PowerState } from '../facts.ts'

const states: Readonly<Record<string, PowerState>> = {
  on: 'on',
  off: 'off',
  poweringon: 'powering_on',
  poweringoff: 'powering_off',
}

/** Reads `ComputerSystem.PowerState`. Changing states stay what they are: neither on nor off. */
export function powerStateOf(value: unknown): PowerState {
  const word = textOf(value)?.toLowerCase() ?? ''
  return Object.hasOwn(states, word) ? states[word]! : 'unknown'
}
