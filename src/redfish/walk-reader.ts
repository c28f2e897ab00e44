import type { TrivetError } from '../lib/errors.ts'
import type { Document } from './document.ts'
import type { BmcProfile } from './quirks.ts'

/** How a walk reads. Whatever ends the whole walk is thrown; what makes one document unreadable is an answer. */
export interface WalkReader {
  /** The BMC's address, for messages. */
  readonly address: string
  /** `path` may carry a query. */
  get(path: string): Promise<WalkAnswer>
  /** The root was read: where sessions are made is known from now on. */
  rootRead(root: Document): void
  /** The kind of BMC is known. */
  profileFound(profile: BmcProfile): void
}

export type WalkAnswer =
  | { readonly document: Document }
  | { readonly failure: TrivetError; readonly httpStatus: number | undefined }
