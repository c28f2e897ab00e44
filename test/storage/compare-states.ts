import type { Holdings } from './holdings.ts'

/** Says where the rows of peers differ that have applied the same revision and do not run, also those in no sum. */
export function compareStates(
  peers: readonly { readonly name: string; readonly holdings: Holdings }[],
): readonly string[] {
  const [first, ...rest] = peers
  if (first === undefined) return []
  return rest.flatMap(({ name, holdings }) => {
    const [one, other] = [first.holdings.state?.rows, holdings.state?.rows]
    if (one === undefined || other === undefined) return [`the state of ${first.name} or of ${name} cannot be read`]
    const keys = new Set([...one.keys(), ...other.keys()])
    const different = [...keys].filter((key) => one.get(key)?.digest !== other.get(key)?.digest)
    return different.length === 0
      ? []
      : [`${first.name} and ${name} differ in ${different.length} rows, ${different[0]} among them`]
  })
}
