/** Limits of the search for a name that was probably meant. */
export const closestLimits = {
  /** Words longer than this get no suggestion: the cost of a comparison is the product of the lengths. */
  wordCharsMax: 128,
  /** Names looked at; what comes behind is not suggested. */
  candidatesMax: 10_000,
} as const

/**
 * The candidate that was probably meant by `word`, or undefined when none is near: at most a third of the letters may
 * be wrong (inserted, deleted, replaced, or swapped with a neighbour). Case does not count. The first of equals wins.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > closestLimits.wordCharsMax) return undefined
  const sought = word.toLowerCase()
  let nearest: string | undefined
  let distanceMax = Math.max(1, Math.floor(sought.length / 3))
  let looked = 0
  for (const candidate of candidates) {
    if (++looked > closestLimits.candidatesMax) break
    if (Math.abs(candidate.length - sought.length) > distanceMax) continue
    const distance = editDistance(sought, candidate.toLowerCase())
    if (distance > distanceMax) continue
    nearest = candidate
    if (distance === 0) break
    distanceMax = distance - 1
  }
  return nearest
}

/** The end of an error message that names what was probably meant: `; did you mean @compute?`, or nothing. */
export function suggestion(word: string, candidates: Iterable<string>, prefix = ''): string {
  const meant = closest(word, candidates)
  return meant === undefined ? '' : `; did you mean ${prefix}${meant}?`
}

/** Optimal string alignment distance: Levenshtein's, with a swap of two neighbours as one step. */
function editDistance(source: string, target: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: target.length + 1 }, (_, column) => column)
  for (let row = 1; row <= source.length; row++) {
    const current = [row]
    for (let column = 1; column <= target.length; column++) {
      const same = source[row - 1] === target[column - 1]
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1))
      const swapped =
        row > 1 && column > 1 && source[row - 1] === target[column - 2] && source[row - 2] === target[column - 1]
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[target.length]!
}
