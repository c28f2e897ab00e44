/**
 * Compares two texts by their UTF-8 bytes, as LevelDB does. It differs from `<`, which compares UTF-16 code units,
 * only where a character beyond U+FFFF meets one in U+E000–U+FFFF.
 */
export function compareUtf8(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at += 1) {
    const left = one.charCodeAt(at)
    const right = other.charCodeAt(at)
    if (left !== right) return rank(left) - rank(right)
  }
  return one.length - other.length
}

/** Moves surrogates, which stand for characters beyond U+FFFF, behind all other code units. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
