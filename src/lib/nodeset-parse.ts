import { trivetError, type TrivetError } from './errors.ts'
import { nodesetLimits } from './nodeset-limits.ts'

/** Union, difference, intersection, symmetric difference. All bind alike and are taken from left to right. */
export type NodesetOperator = ',' | '!' | '&' | '^'

/** Numbers in brackets: `low` to `high` by `step`, zero-padded to `width` digits; width 0 is not padded. */
export interface NodesetRange {
  readonly low: number
  readonly high: number
  readonly step: number
  readonly width: number
}

/** A name with brackets; its parts stand behind one another. */
export interface NodesetOperand {
  /** How it is combined with everything before it; the first one is a union with nothing. */
  readonly operator: NodesetOperator
  /** True for `@…`: the names are names of groups. */
  readonly isGroup: boolean
  readonly parts: readonly (string | readonly NodesetRange[])[]
  /** How many names it stands for, doubles included. */
  readonly count: bigint
}

const operators = ',!&^'
const nameChar = /[A-Za-z0-9._:-]/
const spaceChar = /\s/
const digitChar = /[0-9]/

/**
 * Reads ClusterShell's nodeset grammar without expanding anything: `n[001-010/3]`, several brackets a name, `,` `!`
 * `&` `^` from left to right, `@group`, blanks around operators and within brackets. Beyond it two brackets may touch,
 * as in pdsh: `n[0-1][0-9]`. Wildcards, and numbers below 0, are refused.
 * Errors: NODESET_INVALID with the position, counted from 1, of what does not fit.
 */
export function parseNodeset(text: string): NodesetOperand[] {
  return new Parser(text).operands()
}

/** The error at one position; what is shown of a long nodeset is the part around it. */
export function nodesetError(text: string, at: number, reason: string): TrivetError {
  return trivetError('NODESET_INVALID', { nodeset: excerpt(text, at), position: at + 1, reason })
}

/** At most 80 characters of a nodeset, those around `at`. */
export function excerpt(text: string, at = 0): string {
  const from = Math.max(0, Math.min(at - 40, text.length - 80))
  const shown = JSON.stringify(text.slice(from, from + 80))
  return `${from > 0 ? '…' : ''}${shown}${from + 80 < text.length ? '…' : ''}`
}

class Parser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  operands(): NodesetOperand[] {
    const { textCharsMax } = nodesetLimits
    if (this.#text.length > textCharsMax) {
      throw this.#error(textCharsMax, `it is ${this.#text.length} characters long; at most ${textCharsMax} are taken`)
    }
    this.#skipSpaces()
    if (this.#ended()) throw this.#error(0, 'it is empty')
    const operands = [this.#operand(',')]
    this.#skipSpaces()
    while (!this.#ended()) {
      const operator = this.#operator()
      this.#skipSpaces()
      operands.push(this.#operand(operator))
      this.#skipSpaces()
    }
    return operands
  }

  #operator(): NodesetOperator {
    const char = this.#char()
    if (!isOperator(char)) throw this.#error(this.#at, 'a blank stands within a name, or a comma is missing')
    this.#at++
    return char
  }

  #operand(operator: NodesetOperator): NodesetOperand {
    const start = this.#at
    const isGroup = this.#char() === '@'
    if (isGroup) this.#at++
    const parts: (string | NodesetRange[])[] = []
    let count = 1n
    let chars = 0
    for (let part = this.#part(isGroup); part !== undefined; part = this.#part(isGroup)) {
      parts.push(part.content)
      count *= part.count
      chars += part.chars
    }
    if (parts.length === 0) throw this.#missingName(start, isGroup)
    const first = parts[0]
    if (typeof first === 'string' && /^[-.]/.test(first)) {
      throw this.#error(start, 'a name begins with a letter or a digit; nodes are left out with !, as in n[1-9]!n3')
    }
    if (chars > nodesetLimits.nameCharsMax) {
      throw this.#error(start, `a name has at most ${nodesetLimits.nameCharsMax} characters`)
    }
    return { operator, isGroup, parts, count }
  }

  /** The next run of letters, or the next bracket, of a name; undefined at the name's end. */
  #part(isGroup: boolean): { content: string | NodesetRange[]; count: bigint; chars: number } | undefined {
    if (this.#ended()) return undefined
    const char = this.#char()
    if (char === '[') return this.#bracket()
    if (isOperator(char) || spaceChar.test(char)) return undefined
    if (isGroup && char === '*') {
      this.#at++
      return { content: '*', count: 1n, chars: 1 }
    }
    if (!nameChar.test(char)) throw this.#misplaced(char)
    const start = this.#at
    while (!this.#ended() && nameChar.test(this.#char())) this.#at++
    const content = this.#text.slice(start, this.#at)
    return { content, count: 1n, chars: content.length }
  }

  #bracket(): { content: NodesetRange[]; count: bigint; chars: number } {
    const open = this.#at++
    const ranges: NodesetRange[] = []
    let count = 0n
    let chars = 0
    for (;;) {
      this.#skipSpaces()
      const range = this.#range(open, ranges.length === 0)
      ranges.push(range)
      count += BigInt(Math.floor((range.high - range.low) / range.step) + 1)
      chars = Math.max(chars, range.width, String(range.high).length)
      this.#skipSpaces()
      if (this.#ended()) throw this.#notClosed(open)
      const char = this.#char()
      if (char !== ',' && char !== ']') throw this.#error(this.#at, `${JSON.stringify(char)} cannot stand in brackets`)
      this.#at++
      if (char === ']') return { content: ranges, count, chars }
    }
  }

  #range(open: number, isFirst: boolean): NodesetRange {
    const start = this.#at
    const low = this.#number(open, isFirst)
    this.#skipSpaces()
    let high = low
    let step = 1
    if (!this.#ended() && this.#char() === '-') {
      this.#at++
      this.#skipSpaces()
      high = this.#number(open, false)
      this.#skipSpaces()
      if (!this.#ended() && this.#char() === '/') {
        this.#at++
        this.#skipSpaces()
        step = Number(this.#number(open, false))
      }
    }
    if (step === 0) throw this.#error(start, 'a step is at least 1')
    const padded = isPadded(low) || isPadded(high)
    if (padded && low.length !== high.length) throw this.#error(start, paddingDiffers(low, high))
    const range = { low: Number(low), high: Number(high), step, width: padded ? low.length : 0 }
    if (range.low > range.high) throw this.#error(start, `the range ${low}-${high} runs backwards`)
    return range
  }

  /** The digits of one number, as typed. */
  #number(open: number, isFirst: boolean): string {
    const start = this.#at
    while (!this.#ended() && digitChar.test(this.#char())) this.#at++
    const digits = this.#text.slice(start, this.#at)
    if (digits.length > nodesetLimits.numberDigitsMax) {
      throw this.#error(start, `a number in brackets has at most ${nodesetLimits.numberDigitsMax} digits`)
    }
    if (digits.length > 0) return digits
    if (this.#ended()) throw this.#notClosed(open)
    const char = this.#char()
    if (char === ']' && isFirst) throw this.#error(open, 'the brackets are empty')
    if (char === ']' || char === ',') throw this.#error(start, 'a number is missing')
    throw this.#error(start, `a number is expected in brackets, not ${JSON.stringify(char)}`)
  }

  #missingName(at: number, isGroup: boolean): TrivetError {
    if (isGroup) return this.#error(at, 'the name of a group is missing behind @')
    if (this.#ended()) return this.#error(at, 'a name is missing at the end')
    return this.#error(at, `a name is missing before ${JSON.stringify(this.#char())}`)
  }

  #misplaced(char: string): TrivetError {
    if (char === ']') return this.#error(this.#at, 'a bracket closes that was not opened')
    if (char === '*' || char === '?') return this.#error(this.#at, 'wildcards are not taken; name a range or a group')
    return this.#error(this.#at, `${JSON.stringify(char)} cannot stand in a name`)
  }

  #notClosed(open: number): TrivetError {
    return this.#error(open, 'the bracket that opens here is not closed')
  }

  #error(at: number, reason: string): TrivetError {
    return nodesetError(this.#text, at, reason)
  }

  #skipSpaces(): void {
    while (!this.#ended() && spaceChar.test(this.#char())) this.#at++
  }

  #ended(): boolean {
    return this.#at >= this.#text.length
  }

  #char(): string {
    return this.#text.charAt(this.#at)
  }
}

function isOperator(char: string): char is NodesetOperator {
  return char !== '' && operators.includes(char)
}

/** A lone 0 is a number like any other; 00 and 01 are padded. */
function isPadded(digits: string): boolean {
  return digits.length > 1 && digits.startsWith('0')
}

function paddingDiffers(low: string, high: string): string {
  const width = Math.max(low.length, high.length)
  const padded = `${low.padStart(width, '0')}-${high.padStart(width, '0')}`
  return `the padding of ${low}-${high} differs; write ${padded} or ${Number(low)}-${Number(high)}`
}
