import { trivetError } from './errors.ts'
import { xnameSegments, xnameWords, type XnameSegment } from './xname-grammar.ts'

type SegmentType = keyof typeof xnameSegments

/** The type of a component, named as HMS names it. */
export type XnameType = SegmentType | (typeof xnameWords)[number]['type']

/** A place in the machine, as text that compares equal when the places are. */
export interface Xname {
  /** Canonical: small letters, no leading zeros. */
  readonly text: string
  readonly type: XnameType
}

/** Types of controllers that speak Redfish. */
export const controllerTypes: readonly XnameType[] = ['NodeBMC', 'ChassisBMC', 'RouterBMC', 'CabinetPDUController']

/** The longest xname with all its numbers has fewer; what is longer is not looked at. */
const xnameCharsMax = 80

/**
 * Reads an xname in any case, with leading zeros and surrounding blanks.
 * Errors: XNAME_INVALID, naming the segment and its range, or what may stand there.
 */
export function parseXname(text: string): Xname {
  const spelled = text.trim().toLowerCase()
  if (spelled === '') throw invalid(text, 'it is empty')
  if (spelled.length > xnameCharsMax) throw invalid(text, `it has more than ${xnameCharsMax} characters`)
  const word = xnameWords.find(({ form }) => form.test(spelled))
  if (word !== undefined) return { text: withoutLeadingZeros(spelled), type: word.type }
  let type: SegmentType | 'none' = 'none'
  let rest = spelled
  while (rest !== '') {
    const [segment, letter, digits] = /^([a-z])([0-9]+)/.exec(rest) ?? []
    if (segment === undefined || letter === undefined) {
      throw invalid(text, `${JSON.stringify(rest)} does not begin with a letter and a number`)
    }
    type = nextType(text, type, letter)
    requireInRange(text, xnameSegments[type], digits!)
    rest = rest.slice(segment.length)
  }
  return { text: withoutLeadingZeros(spelled), type: type as SegmentType }
}

/** Like `parseXname`, but undefined for what is not an xname: for references that may be something else. */
export function xnameType(text: string): XnameType | undefined {
  try {
    return parseXname(text).type
  } catch {
    // Only its being an xname was asked, not why it is none.
    return undefined
  }
}

/**
 * Reads an xname that must be of one of these types.
 * Errors: XNAME_INVALID; XNAME_WRONG_TYPE, saying what it is instead.
 */
export function requireXname(text: string, wanted: readonly XnameType[]): Xname {
  const xname = parseXname(text)
  if (wanted.includes(xname.type)) return xname
  throw trivetError('XNAME_WRONG_TYPE', {
    xname: xname.text,
    present: describeXnameType(xname.type),
    wanted: wanted.map(describeXnameType).join(' or '),
  })
}

/** What people call the type, with its name in HMS: `BMC (NodeBMC)`. */
export function describeXnameType(type: XnameType): string {
  const noun = isSegmentType(type) ? xnameSegments[type].noun : xnameWords.find((word) => word.type === type)!.noun
  return noun.toLowerCase() === type.toLowerCase() ? noun : `${noun} (${type})`
}

/**
 * The xname of what a component sits in: the last segment dropped; `s0`, the whole system, above cabinets and CDUs;
 * undefined above the system, partitions and wildcards. Errors: XNAME_INVALID.
 */
export function parentOf(xname: string): string | undefined {
  const { text, type } = parseXname(xname)
  if (!isSegmentType(type)) return undefined
  if (xnameSegments[type].stem === 'none') return 's0'
  return text.replace(/[a-z][0-9]+$/, '')
}

/** True when `xname` sits in `ancestor`, at any depth; both canonical. Nothing sits in itself. */
export function isBeneath({ xname, ancestor }: { readonly xname: string; readonly ancestor: string }): boolean {
  if (ancestor === 's0') return xname !== 's0' && /^[xd]/.test(xname)
  return xname.startsWith(ancestor) && /^[a-z]/.test(xname.slice(ancestor.length))
}

function nextType(text: string, stem: SegmentType | 'none', letter: string): SegmentType {
  const followers = segmentsByStem.get(stem) ?? []
  const follower = followers.find(({ letters }) => letters.includes(letter))
  if (follower !== undefined) return follower.type
  const place = stem === 'none' ? 'at the beginning' : `behind a ${xnameSegments[stem].noun}`
  if (followers.length === 0) throw invalid(text, `nothing stands ${place}`)
  const possible = followers.map(({ letters, type }) => `${letters.split('').join('/')} (${xnameSegments[type].noun})`)
  throw invalid(text, `${letter} cannot stand ${place}; possible are ${possible.join(', ')}`)
}

function requireInRange(text: string, segment: XnameSegment, digits: string): void {
  const { noun, min, max } = segment
  const number = Number(digits)
  if (number >= min && number <= max) return
  const range = min === max ? `; only ${min} is possible` : ` ${min}–${max}`
  throw invalid(text, `${noun} ${withoutLeadingZeros(digits)} is out of range${range}`)
}

function withoutLeadingZeros(text: string): string {
  return text.replace(/(?<![0-9])0+(?=[0-9])/g, '')
}

function isSegmentType(type: string): type is SegmentType {
  return Object.hasOwn(xnameSegments, type)
}

const segmentsByStem = Map.groupBy(
  Object.entries(xnameSegments).map(([type, segment]) => ({ type: type as SegmentType, ...segment })),
  ({ stem }) => stem as SegmentType | 'none',
)

function invalid(xname: string, reason: string) {
  const shown = xname.length > xnameCharsMax ? `${xname.slice(0, xnameCharsMax)}…` : xname
  return trivetError('XNAME_INVALID', { xname: JSON.stringify(shown), reason })
}
