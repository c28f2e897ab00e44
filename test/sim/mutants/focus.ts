/**
 * What brings a bug to light that a seed in a thousand meets by itself: it is looked for a second time where these are
 * drawn in every seed, and little else is. By the beginning of its patch's name.
 */
export const focus: Readonly<Record<string, readonly string[]>> = {
  'member-lease-from-the-answer-on': ['late answers'],
  'member-lease-over-a-change': ['peer replaced', 'peer removed', 'peer added', 'partition'],
  'member-transfer': ['leadership transfer'],
  'member-lease-although': ['leadership transfer', 'slow network', 'pause'],
  'raft-joint': ['peer replaced', 'partition', 'kill'],
  'raft-second-change': ['peer replaced', 'peer removed', 'peer added', 'late events'],
  'raft-stable-by-index-alone': ['orphaned tail', 'message loss', 'slow network', 'slow disk'],
  'state-pointed-at': ['crash while installing', 'far behind'],
  'store-replaced-tail': ['lost entries', 'kill', 'partition'],
  'store-stale-vote-files': ['stale vote files', 'partition', 'power loss'],
  'store-torn-witness': ['power loss in a start'],
  'store-witness-names': ['lost tail of the log', 'orphaned tail', 'power loss in a write'],
  'rule-06-term-stamped': ['late events', 'leadership transfer', 'slow threads'],
  'rule-07-only-the-refused': ['leadership transfer', 'lost entries'],
  'rule-07-transfer': ['leadership transfer'],
  'rule-09': ['upgrade', 'main stall', 'pause'],
  'rule-14-floor': ['site suspended'],
  'rule-11': ['replaced unawares', 'lost entries'],
}

/** The kinds that a bug of this name is looked for with; none if there is no need. */
export function focusOf(name: string): readonly string[] {
  return Object.entries(focus).find(([beginning]) => name.startsWith(beginning))?.[1] ?? []
}
