const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

const form = /^([0-9]{1,6})(B|KiB|MiB|GiB|TiB)$/

/** Bytes of a size as people write it, `512MiB`; undefined if it is none. */
export function parseSize(text: string): number | undefined {
  const match = form.exec(text.trim())
  return match === null ? undefined : Number(match[1]) * 1024 ** units.indexOf(match[2] as (typeof units)[number])
}

/** In the largest unit of which it has at least one: `1.5 GiB`. */
export function formatSize(sizeBytes: number): string {
  let size = sizeBytes
  let unit = 0
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024
  return `${Number(size.toFixed(1))} ${units[unit]!}`
}
