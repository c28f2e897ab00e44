import { open } from 'node:fs/promises'
import { trivetError } from '../lib/errors.ts'
import { inspectSnapshot, type SnapshotFacts } from '../state/snapshot/inspect-snapshot.ts'

const help = `Read a snapshot file and verify it, whole: every checksum, and that its rows are those of its state hash.
It needs no peer, and changes nothing.

Usage
  trivet backup inspect FILE [--output table|json]

Flags
  --output, -o FORMAT   table or json [default: table]
  --help, -h            Show this text.
`

/** `trivet backup …`: what is done with files alone, by no peer. Errors: USAGE, FILE_UNREADABLE and SNAPSHOT_…. */
export async function backup(argv: readonly string[], out: { write(text: string): unknown }): Promise<void> {
  if (argv.length === 0 || argv.includes('--help') || argv.includes('-h')) {
    out.write(help)
    return
  }
  const { file, format } = parse(argv)
  const facts = await inspectFile(file)
  out.write(format === 'json' ? `${JSON.stringify(facts)}\n` : tableOf(facts))
}

function parse(argv: readonly string[]): { readonly file: string; readonly format: 'table' | 'json' } {
  const [verb, ...words] = argv
  if (verb !== 'inspect') throw usage(`backup has no verb ${JSON.stringify(verb)}; there is inspect`)
  let format: 'table' | 'json' = 'table'
  const files: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    const given = /^(?:--output|-o)(?:=(.*))?$/.exec(word)
    if (given === null) {
      if (word.startsWith('-') && word !== '-') throw usage(`\`backup inspect\` has no flag ${word}`)
      files.push(word)
      continue
    }
    const value = given[1] ?? words[++at]
    if (value !== 'table' && value !== 'json')
      throw usage(`--output: ${JSON.stringify(value ?? '')} is none of table, json`)
    format = value
  }
  const [file, excess] = files
  if (file === undefined) throw usage('FILE is missing')
  if (excess !== undefined)
    throw usage(`\`backup inspect\` takes FILE and nothing more; ${JSON.stringify(excess)} is too much`)
  return { file, format }
}

function usage(reason: string) {
  return trivetError('USAGE', { reason, help: '`trivet backup --help` says how it is written' })
}

async function inspectFile(file: string): Promise<SnapshotFacts> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw trivetError('FILE_UNREADABLE', { file, reason }, { cause })
  })
  try {
    return await inspectSnapshot(file, async (position, sizeBytes) => {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(sizeBytes), 0, sizeBytes, position)
      return buffer.subarray(0, bytesRead)
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'syscall' in error) {
      throw trivetError('FILE_UNREADABLE', { file, reason: String(error.code) }, { cause: error })
    }
    throw error
  } finally {
    await handle.close()
  }
}

function tableOf(facts: SnapshotFacts): string {
  const { rows, voters, ...rest } = facts
  const lines = [
    ['ID', rest.id],
    ['CLUSTER', rest.clusterId],
    ['INCARNATION', rest.incarnation],
    ['MADE', `${rest.time} by peer ${rest.peer}, release ${rest.release}`],
    ['INDEX', `${rest.index}, of term ${rest.term}`],
    ['REVISION', String(rest.revision)],
    ['STATE VERSION', String(rest.stateVersion)],
    ['LOG TIME', `${rest.logTimeMs} ms`],
    ['STATE HASH', rest.stateHash],
    ['VOTERS', voters.map(({ name, address }) => `${name} (${address})`).join(', ')],
    ...Object.entries(rows).map(([table, count]) => ['ROWS', `${count} of ${table}`]),
    ['OUTCOMES', String(rest.outcomes)],
    ['SIZE', `${rest.sizeBytes} bytes, format ${rest.format}`],
    ['VERIFIED', 'whole'],
  ]
  return lines.map(([name, value]) => `${name!.padEnd(15)}${printable(value!)}\n`).join('')
}

/** What a file says reaches a terminal without what would command it. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}
