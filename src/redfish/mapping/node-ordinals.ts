import { compareNatural } from '../../lib/natural-order.ts'

/** The number in `n<k>` of each node of a BMC. */
export interface NodeOrdinals {
  /** One for each id, in the order of the ids given. */
  readonly numbers: readonly number[]
  /** The numbers stand in the ids themselves: a node that is missing from the list would not change the others. */
  readonly lasting: boolean
}

/** Above this a number in an id is a serial number, not a place. */
const ordinalMax = 63

/** Stems of Cray EX and NVIDIA, which count from 0, and of Dell, which counts from 1. */
const countsFromZero = /^(node|system_)$/i
const countsFromOne = /^system\.embedded\.$/i

/**
 * Numbers nodes by their resource ids, which differ. The ids' own trailing numbers win over their rank, so that a missing Node1 does
 * not renumber Node2 (SMD counts ranks, and agrees while none is missing): `Node0, Node1` and `System_0` count from
 * 0; `1`, `System.Embedded.1` from 1, unless one of them is 0. Ids that have no such numbers, or not all of one form,
 * are ranked: `Self` is 0.
 */
export function nodeOrdinals(ids: readonly string[]): NodeOrdinals {
  const parts = ids.map((id) => /^(?<stem>[a-z._-]*)(?<number>\d{1,2})$/i.exec(id)?.groups)
  const stem = parts[0]?.['stem']
  const found = parts.map((part) => Number(part?.['number']))
  const alike =
    stem !== undefined &&
    parts.every((part) => part?.['stem'] === stem) &&
    found.every((number) => number <= ordinalMax) &&
    new Set(found).size === found.length
  if (!alike) {
    const sorted = ids.toSorted(compareNatural)
    return { numbers: ids.map((id) => sorted.indexOf(id)), lasting: false }
  }
  const fromZero = countsFromZero.test(stem) || found.includes(0)
  return {
    numbers: found.map((number) => number - (fromZero ? 0 : 1)),
    lasting: fromZero || countsFromOne.test(stem),
  }
}
