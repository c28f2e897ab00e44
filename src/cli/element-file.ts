import type { JsonObject } from '@bufbuild/protobuf'
import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type ParsedNode,
  type Scalar,
} from 'yaml'
import { suggestion } from '../lib/closest.ts'
import { isTrivetError, trivetError, type FieldViolation, type TrivetError } from '../lib/errors.ts'
import { yamlMistakes } from '../lib/yaml-mistakes.ts'
import { flagValue, ValueError } from './flag-value.ts'
import { cliLimits } from './limits.ts'
import type { FieldTable } from './table.ts'

/** Messages read from a file, and where each part of them stands. */
export class ElementFile {
  readonly elements: readonly JsonObject[]
  /** `bmcs[3].xname` → `bmcs.yaml:12:5`; every element and every key of it is there. */
  readonly #positions: ReadonlyMap<string, string>

  constructor(elements: readonly JsonObject[], positions: ReadonlyMap<string, string>) {
    this.elements = elements
    this.#positions = positions
  }

  /** Violations with places in the file instead of paths in the request, where the file has what they name. */
  locate(violations: readonly FieldViolation[]): FieldViolation[] {
    return violations.map(({ field, description }) => {
      const [element = field] = /^[^.]*/.exec(field) ?? []
      return { field: this.#positions.get(field) ?? this.#positions.get(element) ?? field, description }
    })
  }
}

/**
 * Reads a list of messages from YAML or JSON: the list itself, or a map whose only key is the field's name.
 * The form is strict, because a key that is passed over is a setting that somebody believes in: unknown and doubled
 * keys, tags, aliases, second documents and values of another kind are refused, all with their places.
 * Errors: IMPORT_REFUSED, whose violations are named `file:line:column`.
 */
export function readElements(field: FieldTable, file: { readonly name: string; readonly text: string }): ElementFile {
  return new Reader(field, file).read()
}

class Reader {
  readonly #field: FieldTable
  readonly #name: string
  readonly #text: string
  readonly #lines = new LineCounter()
  readonly #problems: FieldViolation[] = []
  readonly #positions = new Map<string, string>()

  constructor(field: FieldTable, file: { readonly name: string; readonly text: string }) {
    this.#field = field
    this.#name = file.name === '-' ? 'stdin' : file.name
    this.#text = file.text
  }

  read(): ElementFile {
    const { elementsMax } = cliLimits
    const document = parseDocument(this.#text, { lineCounter: this.#lines, prettyErrors: false })
    this.#takeSyntaxProblems(document)
    if (this.#problems.length > 0) throw this.#refusal(this.#entriesOf(document.contents))
    const list = this.#list(document.contents)
    const items = list ?? []
    const start = startOf(document.contents)
    if (list === undefined) this.#refuse(start, `a list is expected, or the key ${this.#field.path} with a list`)
    else if (items.length === 0) this.#refuse(start, 'the list is empty')
    else if (items.length > elementsMax) this.#refuse(start, `the list has more than ${elementsMax} entries`)
    const elements = items.slice(0, elementsMax).map((item, at) => this.#element(item, `${this.#field.path}[${at}]`))
    if (this.#problems.length > 0) throw this.#refusal(items.length)
    return new ElementFile(elements, this.#positions)
  }

  #list(contents: ParsedNode | null): readonly ParsedNode[] | undefined {
    if (isSeq(contents)) return contents.items
    if (!isMap(contents)) return undefined
    const pair = contents.items.find(({ key }) => isScalar(key) && key.value === this.#field.path)
    for (const { key } of contents.items) {
      if (key !== pair?.key) this.#refuseKey(key, [this.#field.path])
    }
    return isSeq(pair?.value) ? pair.value.items : undefined
  }

  #element(item: ParsedNode, path: string): JsonObject {
    this.#positions.set(path, this.#place(startOf(item)))
    const fields = this.#field.elements ?? []
    const element: JsonObject = {}
    if (!isMap(item)) {
      this.#refuse(startOf(item), `an entry with the keys ${names(fields).join(', ')} is expected`)
      return element
    }
    for (const { key, value } of item.items) {
      const field = isScalar(key) ? fields.find((candidate) => candidate.path === key.value) : undefined
      if (field === undefined) this.#refuseKey(key, names(fields))
      else {
        this.#positions.set(`${path}.${field.path}`, this.#place(startOf(value ?? key)))
        const read = this.#value(field, value, startOf(key))
        if (read !== undefined) element[field.path] = read
      }
    }
    return element
  }

  #value(field: FieldTable, node: ParsedNode | null, keyStart: number) {
    if (isScalar(node) && node.value === null && node.source === '') {
      this.#refuse(keyStart, `${field.path} has no value; leave the key out, or write ''`)
      return undefined
    }
    const text = isScalar(node) && node.tag === undefined ? scalarText(node) : undefined
    if (text === undefined) {
      this.#refuse(startOf(node) || keyStart, `${field.path} takes one plain value`)
      return undefined
    }
    try {
      return flagValue(field, [text])
    } catch (error) {
      if (!(error instanceof ValueError) && !isTrivetError(error)) throw error
      this.#refuse(startOf(node), `${field.path}: ${error.message}`)
      return undefined
    }
  }

  #takeSyntaxProblems(document: Document): void {
    const mistakes = yamlMistakes(document)
    // What the parser finds behind a first mistake of form is mostly a consequence of it.
    const first = mistakes.find(({ code }) => code !== 'DUPLICATE_KEY')
    for (const { offset, reason } of first === undefined ? mistakes : [first]) this.#refuse(offset, reason)
  }

  #refuseKey(key: unknown, known: readonly string[]): void {
    const text = isScalar(key) ? String(key.value) : 'this'
    const near = suggestion(text, known)
    this.#refuse(
      startOf(key),
      `there is no key ${JSON.stringify(text)} here${near === '' ? `; ${known.join(', ')} can stand here` : near}`,
    )
  }

  #refuse(offset: number, description: string): void {
    this.#problems.push({ field: this.#place(offset), description })
  }

  #place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset)
    return `${this.#name}:${Math.max(line, 1)}:${Math.max(col, 1)}`
  }

  /**
   * How many entries a file has that is not in form. Behind a mistake the parser loses some, so those of a list in
   * block form are counted without it.
   */
  #entriesOf(contents: ParsedNode | null): number {
    const inBlockForm = this.#text.match(/^[ \t]*-(?=[ \t])/gm)?.length ?? 0
    const list = isMap(contents) ? contents.items.find(({ value }) => isSeq(value))?.value : contents
    return Math.max(inBlockForm, isSeq(list) ? list.items.length : 0)
  }

  #refusal(total: number): TrivetError {
    const count = this.#problems.length
    const reason = `${this.#name} has ${count === 1 ? 'a mistake' : `${count} mistakes`}`
    const violations = this.#problems.slice(0, cliLimits.problemsMax)
    return trivetError('IMPORT_REFUSED', { total, reason }, { violations })
  }
}

/** What a person wrote: `1.10` stays `1.10` where a text is wanted. */
function scalarText(node: Scalar): string | undefined {
  if (typeof node.value === 'string') return node.value
  return typeof node.value === 'number' || typeof node.value === 'boolean' ? node.source : undefined
}

function startOf(node: unknown): number {
  if (isPair(node)) return startOf(node.key)
  const { range } = (node ?? {}) as { readonly range?: readonly number[] | null }
  return range?.[0] ?? 0
}

function names(fields: readonly FieldTable[]): string[] {
  return fields.map(({ path }) => path)
}
