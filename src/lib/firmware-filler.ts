/** Longest text that is looked at; no filler is longer. */
const fillerCharsMax = 64

/**
 * What stands in SMBIOS tables and Redfish where a vendor filled in nothing, without case, blanks and punctuation: the
 * defaults of BIOS kits ("To be filled by O.E.M.", "Default string"), the name of the field itself ("System Serial
 * Number"), and words for nothing ("Not Specified", "No Asset Tag").
 */
const fillers: ReadonlySet<string> = new Set([
  'na',
  'nil',
  'none',
  'null',
  'empty',
  'blank',
  'default',
  'defaultstring',
  'invalid',
  'oem',
  'undefined',
  'unknown',
  'unspecified',
  ...['applicable', 'available', 'defined', 'found', 'present', 'provided', 'set', 'specified', 'supported'].map(
    (end) => `not${end}`,
  ),
  ...['', 'oem', 'byoem', 'manufacturer', 'bymanufacturer'].map((end) => `tobefilled${end}`),
  ...['', 'system', 'product', 'chassis', 'board', 'baseboard', 'motherboard', 'type2board', 'mb', 'bss', 'no'].flatMap(
    (part) => [`${part}serial`, `${part}serialnumber`, `${part}assettag`, `${part}assettagnumber`],
  ),
  ...['manufacturer', 'productname', 'version', 'name', 'sku', 'skunumber'].map((end) => `system${end}`),
  'noassetinformation',
  'assettracking',
])

/** One character over and over: nothing written (zeros, or flash that was erased), or a row of crosses. */
const oneCharacter = /^(?:0+|x{3,}|f{8,})$/

/** A row of digits, as in `Asset-1234567890`; shorter ones may have been given by somebody. */
const digitsInOrder = /^(?:asset|serial|serialnumber|sn|system)?(?:0?123456789[0-9a-f]*|01234567|12345678)$/

/**
 * True for a text that firmware says where nobody filled in a name, a serial number or an asset tag: it says nothing,
 * and thousands of machines say the same.
 */
export function isFirmwareFiller(text: string): boolean {
  if (text.length > fillerCharsMax) return false
  const bare = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
  return bare === '' || fillers.has(bare) || oneCharacter.test(bare) || digitsInOrder.test(bare)
}
