import { compareNatural } from './natural-order.ts'
import { nodesetLimits } from './nodeset-limits.ts'

/**
 * The short form of many names, which `expandNodeset` reads back to the same set: `x1000c0s[0-7]b0n[0-1]`. Names that
 * differ in numbers only are put into blocks, dimension after dimension from the right; blocks never overlap. The
 * result is the same for every order of the input. Never fails: a name that the grammar cannot express stands as it is.
 */
export function foldNodeset(names: Iterable<string>): string {
  const patterns = new Map<string, Block[]>()
  for (const name of new Set(names)) {
    const { pattern, numbers } = split(name)
    const blocks = patterns.get(pattern)
    const block = numbers.map((number) => [number])
    if (blocks === undefined) patterns.set(pattern, [block])
    else blocks.push(block)
  }
  const folded: { readonly first: string; readonly text: string }[] = []
  for (const [pattern, blocks] of patterns) {
    const texts = pattern.split(hole)
    for (const block of merge(blocks)) {
      folded.push({
        first: join(
          texts,
          block.map((numbers) => numbers[0]!),
        ),
        text: join(texts, block.map(foldNumbers)),
      })
    }
  }
  return folded
    .sort((left, right) => compareNatural(left.first, right.first))
    .map(({ text }) => text)
    .join(',')
}

/** For each number of a name the digits that occur there, in natural order: a block is their product. */
type Block = readonly (readonly string[])[]

/** Stands for a number in a pattern; no name contains it. */
const hole = '\0'

/** Numbers too long for a bracket stay text. */
const number = new RegExp(`(?<![0-9])[0-9]{1,${nodesetLimits.numberDigitsMax}}(?![0-9])`, 'g')

function split(name: string): { readonly pattern: string; readonly numbers: string[] } {
  const numbers: string[] = []
  const pattern = name.replace(number, (digits) => {
    numbers.push(digits)
    return hole
  })
  return { pattern, numbers }
}

function join(texts: readonly string[], numbers: readonly string[]): string {
  return texts.map((text, at) => text + (numbers[at] ?? '')).join('')
}

/** Joins blocks that differ in one dimension only, the last dimension first, until no two do. */
function merge(blocks: readonly Block[]): readonly Block[] {
  const dimensions = blocks[0]?.length ?? 0
  let merged = blocks
  for (let before = 0; before !== merged.length;) {
    before = merged.length
    for (let dimension = dimensions - 1; dimension >= 0 && merged.length > 1; dimension--) {
      merged = mergeAlong(merged, dimension)
    }
  }
  return merged
}

function mergeAlong(blocks: readonly Block[], dimension: number): readonly Block[] {
  const groups = new Map<string, { readonly block: Block; readonly numbers: string[] }>()
  for (const block of blocks) {
    const key = block.map((numbers, at) => (at === dimension ? '' : numbers.join(' '))).join(hole)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { block, numbers: [...block[dimension]!] })
    else for (const digits of block[dimension]!) group.numbers.push(digits)
  }
  return Array.from(groups.values(), ({ block, numbers }) => block.with(dimension, numbers.sort(compareNatural)))
}

/** `[1-3,7]`, or the number itself when there is one only. Expects natural order. */
function foldNumbers(numbers: readonly string[]): string {
  if (numbers.length === 1) return numbers[0]!
  const ranges: { readonly low: string; high: string; padded: boolean }[] = []
  for (const digits of numbers) {
    const range = ranges.at(-1)
    if (range !== undefined && follows(range, digits)) range.high = digits
    else ranges.push({ low: digits, high: digits, padded: isPadded(digits) })
  }
  return `[${ranges.map(({ low, high }) => (low === high ? low : `${low}-${high}`)).join(',')}]`
}

/** A padded range goes on with numbers of the same width, another one with numbers that are not padded. */
function follows(range: { readonly high: string; readonly padded: boolean }, digits: string): boolean {
  if (Number(digits) !== Number(range.high) + 1) return false
  return range.padded ? digits.length === range.high.length : !isPadded(digits)
}

function isPadded(digits: string): boolean {
  return digits.length > 1 && digits.startsWith('0')
}
