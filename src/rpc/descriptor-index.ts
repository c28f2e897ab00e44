import { createRegistry, type DescFile, type Registry } from '@bufbuild/protobuf'

/** Finds the file that declares a name, among the given files and all that those import. */
export class DescriptorIndex {
  readonly #files = new Map<string, DescFile>()
  readonly #registry: Registry

  constructor(files: readonly DescFile[]) {
    for (const file of files) this.#add(file)
    this.#registry = createRegistry(...this.#files.values())
  }

  file(name: string): DescFile | undefined {
    return this.#files.get(name)
  }

  /** The file of a message, enum, service or extension, or of a method, field or enum value of one of them. */
  fileOf(symbol: string): DescFile | undefined {
    const type = this.#registry.get(symbol)
    if (type !== undefined) return type.file
    const owner = this.#registry.get(symbol.slice(0, Math.max(0, symbol.lastIndexOf('.'))))
    const member = symbol.slice(symbol.lastIndexOf('.') + 1)
    switch (owner?.kind) {
      case 'service':
        return owner.methods.some(({ name }) => name === member) ? owner.file : undefined
      case 'message':
        return owner.members.some(({ name }) => name === member) ? owner.file : undefined
      case 'enum':
        return owner.values.some(({ name }) => name === member) ? owner.file : undefined
      case 'extension':
      case undefined:
        return undefined
    }
  }

  /** The file that extends a message with a field of this number. */
  fileOfExtension(extendee: string, number: number): DescFile | undefined {
    const message = this.#registry.getMessage(extendee)
    return message && this.#registry.getExtensionFor(message, number)?.file
  }

  /** The numbers of all extensions of a message, ascending; undefined for a message that is not known. */
  extensionNumbers(extendee: string): number[] | undefined {
    if (this.#registry.getMessage(extendee) === undefined) return undefined
    const numbers: number[] = []
    for (const type of this.#registry) {
      if (type.kind === 'extension' && type.extendee.typeName === extendee) numbers.push(type.number)
    }
    return numbers.sort((one, other) => one - other)
  }

  #add(file: DescFile): void {
    if (this.#files.has(fileName(file))) return
    this.#files.set(fileName(file), file)
    for (const dependency of file.dependencies) this.#add(dependency)
  }
}

/** The name by which other files import it; `DescFile.name` lacks the suffix. */
export function fileName(file: DescFile): string {
  return file.proto.name
}
