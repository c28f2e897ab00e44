/**
 * The tables from which the CLI works: plain data, generated from `proto/` by `tools/protoc-gen-cli.ts` into
 * `src/gen/cli/`. Help texts, parsing and printing need nothing else, so that `--help` loads neither gRPC nor protobuf.
 */

/** How a value is written on a command line or in a file. */
export type ValueKind =
  | 'string'
  | 'bool'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  /** One of `values`. */
  | 'enum'
  /** `90s`, `1h30m`. */
  | 'duration'
  /** `key=value`, once for each key. */
  | 'map'
  /** Messages, in a YAML or JSON file. */
  | 'message'

/** One field of a request, as people give it. */
export interface FieldTable {
  /** Where it stands in the request, in proto names: `boot_timeout`, `spec.kernel`. */
  readonly path: string
  readonly kind: ValueKind
  /** The word for the value in help texts: `NODE`. */
  readonly placeholder: string
  readonly help: string
  /** A request without it is refused by the server. */
  readonly required?: true
  /** It may be given more than once. */
  readonly repeated?: true
  /** It holds a nodeset. */
  readonly nodeset?: true
  /** `file`: the value is read from the file that is named. `secret`: from a file or a prompt, never from the line. */
  readonly source?: 'file' | 'secret'
  /** An update mask can name it. */
  readonly masked?: true
  /** The values of an enum, without the unspecified one. */
  readonly values?: readonly EnumValueTable[]
  /** The fields of one message of a file. */
  readonly elements?: readonly FieldTable[]
}

export interface EnumValueTable {
  /** As people write it: `reboot`. */
  readonly name: string
  /** As proto has it: `SESSION_OPERATION_REBOOT`. */
  readonly proto: string
  readonly help: string
}

/** A repeated message of an answer, printed as a table. */
export interface RowsTable {
  /** The answer's field. */
  readonly field: string
  /** Paths in one row, in proto names: `booted.template`. */
  readonly columns: readonly string[]
}

/** What an answer holds. */
export interface AnswerTable {
  /** The list that the command is about. */
  readonly rows?: RowsTable
  /** The field with the one resource that the command is about. */
  readonly resource?: string
  /** Further lists, printed below. */
  readonly parts?: readonly RowsTable[]
  /** A stream without a resource is a log: these values of a message stand before each of its rows. */
  readonly log?: readonly string[]
}

/** Long work: a resource that ends by itself. */
export interface WorkTable {
  /** The answer's field that holds it. */
  readonly resource: string
  /** Its field that says how it stands; it ends as `completed`, `failed` or `cancelled`. */
  readonly state: string
  /** What of it is shown on one line. */
  readonly columns: readonly string[]
}

/** One command. */
export interface CommandTable {
  readonly noun: string
  readonly verb: string
  /** Full name of the service: `trivet.inventory.v1.InventoryService`. */
  readonly service: string
  /** The method's name in descriptors: `ListNodes`. */
  readonly method: string
  /** One sentence. */
  readonly summary: string
  /** The whole comment of the method. */
  readonly help: string
  /** Positional, in order; all are required. */
  readonly arguments: readonly FieldTable[]
  readonly flags: readonly FieldTable[]
  /** As typed after `trivet `. */
  readonly examples: readonly string[]
  readonly answer: AnswerTable
  /** The request's field with the identity of the write; absent where nothing is written. */
  readonly write?: string
  /** The request's field mask. */
  readonly mask?: string
  /** The answer is a stream. */
  readonly streams?: true
  /** The list comes in pages, by `page_token` and `next_page_token`. */
  readonly pages?: true
  /** Its answer follows from the replicated state alone, so that the change stream tells when to ask again. */
  readonly watchable?: true
  /** The stream follows this work and ends with it. */
  readonly follows?: WorkTable
  /** The command starts this work; `verb` of the same noun shows how it stands. */
  readonly starts?: WorkTable & { readonly verb: string }
}

/** The commands of one noun. */
export interface NounTable {
  readonly noun: string
  readonly summary: string
  readonly commands: readonly CommandTable[]
}

/** What is known of a noun before its table is loaded. */
export interface NounEntry {
  readonly noun: string
  readonly summary: string
  readonly verbs: readonly { readonly verb: string; readonly summary: string }[]
  readonly load: () => Promise<NounTable>
}
