import { leaveJoint } from '../conf-change.ts'
import type { ConfChange, ConfChangeStep, ConfState, ConfTransition, Entry } from '../types.ts'
import { decodeText, encodeText } from './text.ts'

/**
 * Changes of the configuration as tests write them, in commands and as the data of entries: `+4` makes a voter, `~4` a
 * learner, `-4` removes; a word before says how: `joint`, `explicit` or `bootstrap`. `leave` leaves a joint one.
 */
export function confChangeOf(text: string): ConfChange {
  if (text === '' || text === 'leave') return leaveJoint
  const words = text.split(' ')
  const transition = transitions[words[0]!]
  const steps = (transition === undefined ? words : words.slice(1)).map((word): ConfChangeStep => {
    const kind = kinds[word[0]!]
    if (kind === undefined) throw new Error(`there is no change ${word}`)
    return { kind, peer: word.slice(1) }
  })
  return { transition: transition ?? 'auto', steps }
}

const transitions: Readonly<Record<string, ConfTransition>> = {
  bootstrap: 'bootstrap',
  joint: 'joint_implicit',
  explicit: 'joint_explicit',
}

const kinds: Readonly<Record<string, ConfChangeStep['kind']>> = {
  '+': 'add_voter',
  '~': 'add_learner',
  '-': 'remove',
}

export function confChangeOfEntry(entry: Entry): ConfChange {
  return confChangeOf(decodeText(entry.data))
}

/** Leaving is an entry without data. */
export function encodeConfChange(text: string): Uint8Array {
  return encodeText(text === 'leave' ? '' : text)
}

/** `1 2 3`, joint `1 2 4 | 1 2 3 leaving`, with learners `1 2 3 ~4`; `~~3` becomes one when the joint one is left. */
export function confStateText(confState: ConfState): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = confState
  return [
    ...voters,
    ...(votersOutgoing.length > 0 ? ['|', ...votersOutgoing, autoLeave ? 'leaving' : 'staying'] : []),
    ...learners.map((id) => `~${id}`),
    ...learnersNext.map((id) => `~~${id}`),
  ].join(' ')
}
