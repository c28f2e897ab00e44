/** What one line of a trace tells. */
export interface TraceLine {
  readonly atUs: number
  readonly who: string
  readonly what: string
  readonly facts: readonly (number | string)[]
}

/**
 * What happened, as a running hash over everything, and the last lines for whoever has to understand it. Lines are kept
 * as values and written out only when somebody reads them.
 */
export class Trace {
  readonly #lines: TraceLine[] = []
  readonly #kept: number
  readonly #now: () => number
  #high = 0x811c9dc5
  #low = 0x9e3779b9
  #count = 0

  constructor(now: () => number, kept = 400) {
    this.#now = now
    this.#kept = kept
  }

  note(who: string, what: string, ...facts: readonly (number | string)[]): void {
    const atUs = this.#now()
    this.#mix(atUs)
    this.#mixText(who)
    this.#mixText(what)
    for (const fact of facts) {
      if (typeof fact === 'number') this.#mix(fact)
      else this.#mixText(fact)
    }
    this.#lines[this.#count % this.#kept] = { atUs, who, what, facts }
    this.#count++
  }

  /** The same for two runs in which the same happened. */
  get hash(): string {
    return hex(this.#high) + hex(this.#low)
  }

  get count(): number {
    return this.#count
  }

  /** The last lines, the oldest first. */
  last(count: number): readonly string[] {
    const from = Math.max(0, this.#count - Math.min(count, this.#kept))
    return Array.from({ length: this.#count - from }, (_, at) => textOf(this.#lines[(from + at) % this.#kept]!))
  }

  #mix(value: number): void {
    const whole = Math.floor(value)
    this.#mixWord(whole | 0)
    this.#mixWord(Math.floor(whole / 4_294_967_296) | 0)
    if (whole !== value) this.#mixWord(Math.floor((value - whole) * 4_294_967_296) | 0)
  }

  #mixText(text: string): void {
    for (let at = 0; at < text.length; at++) this.#mixWord(text.charCodeAt(at))
  }

  #mixWord(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x01000193) ^ (this.#low >>> 13)
    this.#low = Math.imul(this.#low ^ (word + 0x7f4a7c15), 0x85ebca6b) ^ (this.#high >>> 16)
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}

function textOf({ atUs, who, what, facts }: TraceLine): string {
  return `${(atUs / 1000).toFixed(3).padStart(12)} ms  ${who.padEnd(3)} ${what} ${facts.join(' ')}`.trimEnd()
}
