/**
 * Entries carry whole units, and limits on encoded entries lie half a unit above a whole number of them. etcd counts an
 * entry's frame for some limits, we never do: as long as all frames of a log are less than half a unit, both cut alike.
 */
export const unitBytes = 4_096

/** No frame is longer: type, term and index, tag and length of the data. */
const frameBytesMax = 12

/** The longest log for which that holds; a schedule proposes nothing beyond. */
export const logEntriesMax = Math.floor(unitBytes / 2 / frameBytesMax)

export function units(count: number): number {
  return count * unitBytes
}

export function unitsAndHalf(count: number): number {
  return count * unitBytes + unitBytes / 2
}

/** Data of an entry: its name, and zeros. */
export function entryData(name: number, sizeUnits: number): Uint8Array {
  const data = new Uint8Array(units(sizeUnits))
  if (sizeUnits > 0) new DataView(data.buffer).setUint32(0, name)
  return data
}

/** 0 of an entry without data. */
export function entryName(data: Uint8Array): number {
  return data.length < 4 ? 0 : new DataView(data.buffer, data.byteOffset).getUint32(0)
}
