/**
 * The fields of one JSON object, each taken once by its name and form. A field of another form, one that is missing,
 * and one that nobody took are errors: a misspelt field must not quietly weaken a check.
 */
export class LineFields {
  readonly #fields: Map<string, unknown>
  readonly #within: string

  private constructor(value: unknown, within: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Error(`${within === '' ? 'the line' : within} is not a JSON object`)
    }
    this.#fields = new Map(Object.entries(value))
    this.#within = within
  }

  static parse(line: string): LineFields {
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (error) {
      throw new Error(`the line is not whole JSON: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    }
    return new LineFields(value, '')
  }

  /** A text of one character or more. */
  text(name: string): string {
    const value = this.anyText(name)
    if (value === '') throw new Error(`${this.#path(name)} is empty`)
    return value
  }

  anyText(name: string): string {
    const value = this.#take(name)
    if (typeof value !== 'string') throw this.#wrong(name, 'a text', value)
    return value
  }

  number(name: string): number {
    const value = this.#take(name)
    if (typeof value !== 'number') throw this.#wrong(name, 'a number', value)
    return value
  }

  /** A whole number from 0 on. */
  ordinal(name: string): number {
    const value = this.number(name)
    if (!Number.isSafeInteger(value) || value < 0) throw this.#wrong(name, 'a whole number from 0 on', value)
    return value
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value {
    const value = this.#take(name)
    const found = values.find((known) => known === value)
    if (found === undefined) throw this.#wrong(name, `one of ${values.join(', ')}`, value)
    return found
  }

  /** True, or absent. */
  flag(name: string): boolean {
    if (!this.#fields.has(name)) return false
    const value = this.#take(name)
    if (value !== true) throw this.#wrong(name, 'true, or left out', value)
    return true
  }

  optional<Value>(name: string, take: () => Value): Value | undefined {
    return this.#fields.has(name) ? take() : undefined
  }

  object<Value>(name: string, decode: (fields: LineFields) => Value): Value {
    return this.#whole(this.#take(name), this.#path(name), decode)
  }

  list<Value>(name: string, decode: (fields: LineFields) => Value): readonly Value[] {
    const value = this.#take(name)
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list', value)
    return value.map((item: unknown, at) => this.#whole(item, `${this.#path(name)}[${at}]`, decode))
  }

  /** An object in which anything may stand. */
  free(name: string): Readonly<Record<string, unknown>> {
    const value = this.#take(name)
    return Object.fromEntries(new LineFields(value, this.#path(name)).#fields)
  }

  isText(name: string): boolean {
    return typeof this.#fields.get(name) === 'string'
  }

  /** Takes the field if it is null. */
  isNull(name: string): boolean {
    if (this.#fields.get(name) !== null) return false
    return this.#fields.delete(name)
  }

  requireNoMore(): void {
    const [name] = this.#fields.keys()
    if (name !== undefined) throw new Error(`${this.#path(name)} has no meaning there`)
  }

  #whole<Value>(value: unknown, path: string, decode: (fields: LineFields) => Value): Value {
    const fields = new LineFields(value, path)
    const decoded = decode(fields)
    fields.requireNoMore()
    return decoded
  }

  #take(name: string): unknown {
    if (!this.#fields.has(name)) throw new Error(`${this.#path(name)} is missing`)
    const value = this.#fields.get(name)
    this.#fields.delete(name)
    return value
  }

  #path(name: string): string {
    return this.#within === '' ? `"${name}"` : `${this.#within}.${name}`
  }

  #wrong(name: string, wanted: string, value: unknown): Error {
    return new Error(`${this.#path(name)} is ${JSON.stringify(value)}, not ${wanted}`)
  }
}
