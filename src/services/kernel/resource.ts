import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import type { Reader, Stored } from '../../state/read.ts'
import type { Table } from '../../state/table.ts'
import type { Written } from './method.ts'

/**
 * The answer of a write about one resource: as it is now. It may be gone, when the answer is that of a retry and
 * somebody deleted it since: then the answer is empty.
 */
export function resource<Desc extends DescMessage, Answer extends object>(
  table: Table<Desc>,
  answer: (stored: Stored<MessageShape<Desc>>, read: Reader) => Answer,
): (read: Reader, written: Written) => Answer | Record<string, never> {
  return (read, { name }) => {
    const stored = read.get(table, name)
    return stored === undefined ? {} : answer(stored, read)
  }
}

/** The answer of a deletion. */
export function deleted(_read: Reader, written: Written): { readonly id: string } {
  return { id: written.name }
}
