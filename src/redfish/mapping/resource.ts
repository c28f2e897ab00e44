import { nameOf, type Document } from '../document.ts'
import { lastSegment } from '../link.ts'

/** A document and the path that it was read from. */
export interface Resource {
  /** Without trailing slash. */
  readonly path: string
  readonly document: Document
}

/** The resource's id: what it says, else the last part of its path. Never its place in a list: lists have no order. */
export function idOf(resource: Resource): string {
  return nameOf(resource.document['Id']) ?? idFromPath(resource.path)
}

function idFromPath(path: string): string {
  return nameOf(lastSegment(path)) ?? '?'
}
