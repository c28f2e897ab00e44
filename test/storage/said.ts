import { open as openFile } from 'node:fs/promises'
import type { Outcome } from './verdict.ts'

/** What became of a struck peer: it is ready, says that it is damaged, has ended, or is late to do any of it. */
export type End = 'ready' | 'damaged' | 'ended' | 'late'

/** What was appended to a file of log lines from a position on. */
export async function saidSince(logFile: string, position: number): Promise<string> {
  await using file = await openFile(logFile)
  const { size } = await file.stat()
  const bytes = Buffer.alloc(Math.max(0, size - position))
  await file.read(bytes, 0, bytes.length, position)
  return bytes.toString()
}

/** What tells how a damage showed, in the words of a peer that goes on; the weightiest first. */
const words: readonly (readonly [string, Outcome])[] = [
  ['is repaired by the others', 'repaired by the others'],
  ['made anew from the log', 'state made anew'],
  ['a snapshot that another peer sent is refused', 'snapshot refused'],
]

export function outcomeOf(end: End, said: string): Outcome {
  if (end === 'ended') return 'refused to start'
  if (end !== 'ready') return 'says it is damaged'
  return words.find(([text]) => said.includes(text))?.[1] ?? 'nothing lost'
}

/** Why, as the peer has said it itself; '' if it has not. */
export function reasonIn(said: string): string {
  const lines = said.split('\n')
  const told = words.map(([text]) => lines.find((line) => line.includes(text))).find((line) => line !== undefined)
  if (told === undefined) return ''
  // A damaged text may hold anything, and people read this.
  return (JSON.parse(told) as { reason: string }).reason.replaceAll(/\p{Cc}+/gu, '�')
}

/** A peer that ends because it met what cannot be has noticed nothing of the damage: it stumbled over it. */
export function defectsIn(said: string): readonly string[] {
  const lines = said.split('\n').filter((line) => line.includes('"code":"defect"'))
  return lines.map(
    (line) => `it ended by a defect: ${(JSON.parse(line) as { message: string }).message.split('\n')[0]}`,
  )
}

/** The line about an error that was said last. */
export function lastWordsIn(said: string): string {
  const lines = said.trimEnd().split('\n')
  return lines.findLast((line) => /error|damaged|fatal/i.test(line)) ?? lines.at(-1) ?? ''
}
