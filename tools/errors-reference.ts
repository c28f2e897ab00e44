import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue } from '../src/lib/error-catalogue.ts'
import type { ErrorFacts } from '../src/lib/errors.ts'

/** Where the reference of errors lies. */
export const errorsReferenceFile = join(import.meta.dirname, '../docs/integrate/errors.md')

/** Every error of the catalogue as Markdown, by code. */
export function errorsReference(): string {
  const rows = Object.entries<ErrorFacts>(catalogue)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, facts]) =>
        `| \`${code}\` | ${facts.grpc} | ${facts.exit} | ${cell(facts.message)} | ${cell(facts.remedy)} |`,
    )
  return `${intro}\n${rows.join('\n')}\n`
}

const intro = `# Errors

Every error that trivet gives, by its code. Codes never change once released; texts may. Made from
\`src/lib/error-catalogue/\` by \`npm run generate\`.

| Code | gRPC status | Exit code | What happened | What to do |
| --- | --- | --- | --- | --- |`

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\{(\w+)\}/g, '*$1*')
}

if (import.meta.main) writeFileSync(errorsReferenceFile, errorsReference())
