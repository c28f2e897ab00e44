/**
 * Writes the golden log of a release: `node src/state/testing/write-golden.ts 0.1.0`. It is written once, when the
 * release is made; one that exists is never replaced.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { trivetError } from '../../lib/errors.ts'
import { outcomeAgeMsMax } from '../pure/outcomes.ts'
import { revisionKey } from '../pure/revision-key.ts'
import { put, remove } from '../write.ts'
import { goldenLogOf } from './golden-log.ts'
import type { Step } from './log-writer.ts'
import { LogWriter } from './log-writer.ts'
import { boxes, notes, shelves } from './tables.ts'

const about =
  'Rows that are stored, changed, removed and vanish with their owner; unique keys that are exchanged; buckets; ' +
  'archival rows; several transactions an entry; terms; refused retries; outcomes that are evicted.'

function writeStory(): LogWriter {
  const writer = new LogWriter()
  const shelf =
    (id: string, name: string): Step =>
    () => [put(shelves, { id, name, tenant: 'ünï/%', labels: ['all', name] })]
  const box =
    (shelfId: string, boxId: string): Step =>
    () => [put(boxes, { shelfId, boxId, colour: 'red' })]
  const note: Step = (read) => [put(notes, { revisionKey: revisionKey(read.nextRevision), text: '…' })]
  const refused: Step = () => {
    throw trivetError('INVALID_REQUEST', { reason: 'no' })
  }
  writer.write()
  writer.write(shelf('s1', 'a'), shelf('s2', 'b'), box('s1', '1'), note)
  writer.write(box('s1', '2'), refused, (read) => [...shelf('s1', 'b')(read), ...shelf('s2', 'a')(read)])
  writer.logTimeMs += outcomeAgeMsMax
  writer.nextTerm()
  writer.write((read) => [remove(shelves, read.get(shelves, 's1')!)], note)
  writer.logTimeMs += 1
  writer.write(shelf('\u{1f642}', 'c'), box('s2', '1'), (read) => [remove(boxes, read.get(boxes, 's2/1')!)])
  writer.nextTerm()
  writer.write(box('s2', '9'), note)
  return writer
}

const [release] = process.argv.slice(2)
if (release !== undefined) {
  const file = join(import.meta.dirname, '..', 'golden', `${release}.json`)
  writeFileSync(file, `${JSON.stringify(goldenLogOf({ release, about }, writeStory()), null, 1)}\n`, { flag: 'wx' })
}
