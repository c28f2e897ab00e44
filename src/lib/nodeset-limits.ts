/** Limits of a nodeset. All are checked before anything is expanded. */
export const nodesetLimits = {
  /** Names that all operands together stand for, doubles and what is taken away again included. */
  namesMax: 200_000,
  /** Length of the text. A comma list of `namesMax` short names fits. */
  textCharsMax: 4 * 1024 * 1024,
  /** Length of one name; the longest host name that DNS has. */
  nameCharsMax: 253,
  /** Digits of one number in brackets, so that it stays exact (2^53 has 16). */
  numberDigitsMax: 15,
} as const
