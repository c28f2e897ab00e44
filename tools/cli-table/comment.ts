import type { AnyDesc, DescFile } from '@bufbuild/protobuf'
import { getComments } from '@bufbuild/protoplugin'

/** The comment above a declaration, as one paragraph. It is the help text, so it must be there. */
export function commentOf(desc: Exclude<AnyDesc, DescFile>): string {
  const text = (getComments(desc).leading ?? '')
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim()
  if (text === '') throw new Error(`${desc.toString()} has no comment; its help text comes from there`)
  return text
}

/** The first sentence, with its full stop: `Lists nodes in the order of their xnames.` */
export function firstSentence(text: string): string {
  const end = /[.!?](?=\s+[A-Z])/.exec(text)
  return end === null ? text : text.slice(0, end.index + 1)
}
