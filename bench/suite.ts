/** One comparison: medians over rounds in which ours and the rival took turns. */
export interface Row {
  readonly what: string
  readonly ours: number
  readonly rival: number
  /** Ours by rival; see the function that made the row. */
  readonly ratio: number
  readonly unit: string
  readonly rounds: number
}

/** Comparisons that are measured together. */
export interface Suite {
  readonly name: string
  readonly roundsDefault: number
  /** Measures; `say` tells a person what is going on. */
  run(options: { readonly rounds: number; readonly say: (line: string) => void }): Promise<readonly Row[]>
}

/** Makes a row of what was measured in each round. */
export function compare(
  what: string,
  unit: string,
  samples: { readonly ours: readonly number[]; readonly rival: readonly number[] },
): Row {
  const [ours, rival] = [median(samples.ours), median(samples.rival)]
  return {
    what,
    ours: rounded(ours),
    rival: rounded(rival),
    ratio: rounded(ours / rival),
    unit,
    rounds: samples.ours.length,
  }
}

/**
 * The same, with the median of the ratios of each round instead of the ratio of the medians: for rounds so short that
 * what disturbs ours disturbs the rival as well, on a machine that is disturbed about half of the time.
 */
export function compareInRounds(
  what: string,
  unit: string,
  samples: { readonly ours: readonly number[]; readonly rival: readonly number[] },
): Row {
  const ratios = samples.ours.map((ours, round) => ours / samples.rival[round]!)
  return { ...compare(what, unit, samples), ratio: rounded(median(ratios)) }
}

/** The value in the middle: other work on the machine disturbs some rounds, and one bad round moves a mean. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function rounded(value: number): number {
  return value >= 1_000 ? Math.round(value) : Math.round(value * 100) / 100
}
