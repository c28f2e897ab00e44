import { getOption, type DescExtension, type DescField, type DescMethod } from '@bufbuild/protobuf'
import type { Schema } from '@bufbuild/protoplugin'

/** `trivet.options.v1.Cli`. */
export interface CliOptions {
  readonly noun: string
  readonly verb: string
  readonly arguments: readonly string[]
  readonly examples: readonly string[]
  readonly columns: readonly string[]
}

/** `trivet.options.v1.MethodOptions`, as far as the CLI needs it. */
export interface MethodOptions {
  readonly readOnly: boolean
  readonly localAnswer: boolean
  readonly cli?: CliOptions
}

/** `trivet.options.v1.FieldOptions`. */
export interface FieldOptions {
  readonly nodeset: boolean
  readonly secret: boolean
  readonly fromFile: boolean
  readonly placeholder: string
}

/** The part of `buf.validate.FieldRules` that says whether a field may be left out. */
interface FieldRules {
  readonly required?: boolean
  readonly type?: {
    readonly case?: string
    readonly value?: { readonly minLen?: bigint; readonly minBytes?: bigint; readonly minItems?: bigint }
  }
}

/**
 * Reads our options through the descriptors that came with the request. The generated code for them cannot be used:
 * it is written in the same run, and deleted before it.
 */
export class OptionReader {
  readonly #method: DescExtension
  readonly #field: DescExtension
  readonly #rules: DescExtension | undefined

  constructor(schema: Pick<Schema, 'allFiles'>) {
    const find = (name: string): DescExtension | undefined =>
      schema.allFiles.flatMap((file) => file.extensions).find((extension) => extension.typeName === name)
    this.#method = required(find('trivet.options.v1.method'))
    this.#field = required(find('trivet.options.v1.field'))
    this.#rules = find('buf.validate.field')
  }

  method(method: DescMethod): MethodOptions {
    const value: unknown = getOption(method, this.#method)
    return value as MethodOptions
  }

  field(field: DescField): FieldOptions {
    const value: unknown = getOption(field, this.#field)
    return value as FieldOptions
  }

  /** The server refuses a request that leaves the field out. */
  isRequired(field: DescField): boolean {
    if (this.#rules === undefined) return false
    const value: unknown = getOption(field, this.#rules)
    const rules = value as FieldRules
    const { minLen = 0n, minBytes = 0n, minItems = 0n } = rules.type?.value ?? {}
    return rules.required === true || minLen > 0n || minBytes > 0n || minItems > 0n
  }
}

function required(extension: DescExtension | undefined): DescExtension {
  if (extension === undefined) throw new Error('no file of this run imports trivet/options/v1/options.proto')
  return extension
}
