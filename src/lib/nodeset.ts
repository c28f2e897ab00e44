import { suggestion } from './closest.ts'
import { trivetError } from './errors.ts'
import { compareNatural } from './natural-order.ts'
import { nodesetLimits } from './nodeset-limits.ts'
import { excerpt, nodesetError, parseNodeset, type NodesetOperand, type NodesetRange } from './nodeset-parse.ts'

/** Where the groups of a nodeset come from. */
export interface GroupResolver {
  /** Names of the nodes in a group; undefined when there is no such group. `name` is what stands behind the `@`. */
  members(name: string): readonly string[] | undefined
  /** Names of all nodes, for `@*`. */
  all(): readonly string[]
  /** Names of the groups that could have been meant, without `@`. */
  names(): Iterable<string>
}

export interface NodesetOptions {
  /** Without it a nodeset with `@` is refused. */
  readonly groups?: GroupResolver
  /**
   * The name under which what an operand names is counted, so that two names of one node are one: `@compute!login1`
   * leaves the node out that the group knows by its xname. Asked once for each name of each operand but groups.
   */
  readonly canonical?: (name: string) => string
  /** Names that all operands together may stand for; by default, and at most, `nodesetLimits.namesMax`. */
  readonly namesMax?: number
}

/**
 * The names that a nodeset stands for, each once, in natural order. The set may be empty (`n1!n1`, a group without
 * members): whether that is an error is the caller's business. An unknown group never is an empty set.
 * Errors: NODESET_INVALID; NODESET_TOO_LARGE, found before anything is expanded; GROUP_NOT_FOUND with the nearest name.
 */
export function expandNodeset(text: string, options: NodesetOptions = {}): string[] {
  const operands = parseNodeset(text)
  const budget = new Budget(text, Math.min(options.namesMax ?? nodesetLimits.namesMax, nodesetLimits.namesMax))
  for (const operand of operands) budget.take(operand.count)
  const result = new Set<string>()
  for (const operand of operands) combine(result, operand, namesOf(text, operand, options, budget))
  return [...result].sort(compareNatural)
}

function namesOf(
  text: string,
  operand: NodesetOperand,
  { groups, canonical }: NodesetOptions,
  budget: Budget,
): readonly string[] {
  const names = expandParts(operand.parts)
  if (!operand.isGroup) return canonical === undefined ? names : names.map(canonical)
  if (groups === undefined) throw nodesetError(text, text.indexOf('@'), 'groups are not known here; name the nodes')
  const members: string[] = []
  for (const name of names) {
    const found = name === '*' ? groups.all() : groups.members(name)
    if (found === undefined) {
      throw trivetError('GROUP_NOT_FOUND', { group: `@${name}`, suggestion: suggestion(name, groups.names(), '@') })
    }
    budget.take(BigInt(found.length))
    for (const member of found) members.push(member)
  }
  return members
}

function expandParts(parts: NodesetOperand['parts']): string[] {
  let names = ['']
  for (const part of parts) {
    const endings = typeof part === 'string' ? [part] : part.flatMap(numbersOf)
    names = names.flatMap((name) => endings.map((ending) => name + ending))
  }
  return names
}

function numbersOf({ low, high, step, width }: NodesetRange): string[] {
  const numbers: string[] = []
  for (let number = low; number <= high; number += step) numbers.push(String(number).padStart(width, '0'))
  return numbers
}

function combine(result: Set<string>, { operator }: NodesetOperand, names: readonly string[]): void {
  switch (operator) {
    case ',':
      for (const name of names) result.add(name)
      return
    case '!':
      for (const name of names) result.delete(name)
      return
    case '&': {
      const kept = new Set(names)
      for (const name of result) if (!kept.has(name)) result.delete(name)
      return
    }
    case '^':
      for (const name of new Set(names)) if (!result.delete(name)) result.add(name)
      return
  }
}

/** Counts names before they are made, so that no text of a few characters can fill the memory. */
class Budget {
  readonly #text: string
  readonly #limit: number
  #taken = 0n

  constructor(text: string, limit: number) {
    this.#text = text
    this.#limit = limit
  }

  take(names: bigint): void {
    this.#taken += names
    if (this.#taken > BigInt(this.#limit)) {
      throw trivetError('NODESET_TOO_LARGE', {
        nodeset: excerpt(this.#text),
        names: this.#taken,
        limit: this.#limit,
      })
    }
  }
}
