/**
 * The order in which names are shown: text by code unit, digits as numbers, so that n2 stands before n10. A number
 * with leading zeros stands behind the shorter ones, as ClusterShell has it: n2, n10, n001. A total order: 0 means
 * equal strings.
 */
export function compareNatural(left: string, right: string): number {
  let at = 0
  while (at < left.length && at < right.length) {
    const leftDigit = isDigit(left, at)
    if (leftDigit && isDigit(right, at)) {
      // Both runs begin here: whatever stands before is equal on both sides.
      const leftEnd = endOfDigits(left, at)
      const rightEnd = endOfDigits(right, at)
      if (leftEnd !== rightEnd) return leftEnd - rightEnd
      for (; at < leftEnd; at++) {
        const difference = left.charCodeAt(at) - right.charCodeAt(at)
        if (difference !== 0) return difference
      }
      continue
    }
    const difference = left.charCodeAt(at) - right.charCodeAt(at)
    if (difference !== 0) return difference
    at++
  }
  return left.length - right.length
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

function endOfDigits(text: string, from: number): number {
  let end = from
  while (end < text.length && isDigit(text, end)) end++
  return end
}
