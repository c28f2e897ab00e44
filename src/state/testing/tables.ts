import { BoxRowSchema, NoteRowSchema, ShelfRowSchema } from '../../gen/trivet/testing/v1/testing_pb.ts'
import { catalog } from '../catalog.ts'
import { table } from '../table.ts'

/** A resident table with a unique key and a bucket in which a row can be several times. */
export const shelves = table({
  name: 'shelf',
  row: ShelfRowSchema,
  key: (shelf) => shelf.id,
  unique: { name: (shelf) => (shelf.name === '' ? undefined : [shelf.tenant, shelf.name]) },
  buckets: { label: (shelf) => shelf.labels },
})

/** An owned table: `shelf` is a bucket of one owner, `colour` holds rows of several. */
export const boxes = table({
  name: 'box',
  row: BoxRowSchema,
  key: (box) => `${box.shelfId}/${box.boxId}`,
  owner: { table: shelves, key: (box) => box.shelfId },
  buckets: { shelf: (box) => box.shelfId, colour: (box) => (box.colour === '' ? undefined : box.colour) },
})

/** An archival table. */
export const notes = table({ name: 'note', row: NoteRowSchema, key: (note) => note.revisionKey, kind: 'archival' })

export const testCatalog = catalog([shelves, boxes, notes])
