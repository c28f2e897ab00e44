import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root, runCommand, type Outcome } from './run-command.ts'

/**
 * Generates from proto/ into a temporary folder and compares: what is committed must be what comes out, file by file,
 * and nothing else may lie there.
 */
export async function staleGenerated(): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'trivet-generated-'))
  try {
    const generated = await runCommand(['buf', 'generate', '--output', folder])
    if (!generated.ok) return generated
    const differences = outputFolders().flatMap((out) =>
      differingFiles(join(root, out), join(folder, out)).map((file) => join(out, file)),
    )
    if (differences.length === 0) return { ok: true, output: '' }
    return { ok: false, output: `stale; run \`npm run generate\` and commit:\n  ${differences.join('\n  ')}\n` }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where the plugins write to, as the configuration of buf says. */
function outputFolders(): string[] {
  const { plugins } = parse(readFileSync(join(root, 'buf.gen.yaml'), 'utf8')) as { plugins: readonly { out: string }[] }
  return [...new Set(plugins.map(({ out }) => out))]
}

/** Files, relative to both folders, that only one of them has or that have other content; in order. */
export function differingFiles(one: string, other: string): string[] {
  const files = new Set([...filesIn(one), ...filesIn(other)])
  return [...files].filter((file) => contentOf(join(one, file)) !== contentOf(join(other, file))).sort()
}

function filesIn(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return paths.filter((path) => statSync(join(folder, path)).isFile())
}

function contentOf(file: string): string | undefined {
  return statSync(file, { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(file, 'utf8')
}
