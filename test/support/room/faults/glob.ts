/** True when the whole text matches: `*` is any run of characters, slashes too, `?` is one. Case counts. */
export function globMatches(pattern: string, text: string): boolean {
  // Greedy with one point of return: linear in the text for each `*`, and no pattern makes it explode.
  let at = 0
  let inPattern = 0
  let star = -1
  let starText = 0
  while (at < text.length) {
    const wanted = pattern[inPattern]
    if (wanted === '*') {
      star = inPattern++
      starText = at
    } else if (wanted === '?' || wanted === text[at]) {
      inPattern++
      at++
    } else if (star >= 0) {
      inPattern = star + 1
      at = ++starText
    } else {
      return false
    }
  }
  while (pattern[inPattern] === '*') inPattern++
  return inPattern === pattern.length
}
