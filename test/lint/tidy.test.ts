import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

const limits = { sourceLinesMax: 500, readmeLinesMax: 40, filesWithoutReadmeMax: 5 } as const

/** Everything under version control that is still there. */
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(root, path)))

/** What we write ourselves: neither generated, nor taken over, nor recorded. */
const written = tracked.filter((path) => !/^(src\/gen|third_party)\/|\/golden\//.test(path))

const sources = written.filter((path) => path.endsWith('.ts'))

const definitions = written.filter((path) => path.endsWith('.proto'))

const texts = new Map(
  tracked.filter((path) => !isBinary(path)).map((path) => [path, readFileSync(join(root, path), 'utf8')]),
)

function isBinary(path: string): boolean {
  return ['.gz', '.bin', '.png', '.ico', '.efi', '.pxe', '.binpb'].includes(extname(path))
}

/** Where a pattern stands in these files, as `path:line: text`. */
function places(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    (texts.get(path) ?? '')
      .split('\n')
      .map((line, at) => `${path}:${at + 1}: ${line.trim()}`)
      .filter((_, at, lines) => pattern.test(lines[at]!.slice(lines[at]!.indexOf(': ') + 2))),
  )
}

/** The rules of the log that names of tests in this file are about: `rule 3: …`, `… (rule 7)`, `rules 13 and 14: …`. */
function rulesNamedIn(path: string): number[] {
  // A name is the first string of a call, on the line of the call or, with a table of cases, behind it.
  const names = texts
    .get(path)!
    .matchAll(/(?:^|[\s)\]])(?:test|describe)(?:\.\w+)?\(\s*(['"`])(.*?)\1|\]\)?(?: as const)?\)\(\s*(['"`])(.*?)\3/g)
  return [...names].flatMap(([, , plain, , ofCases]) => {
    const name = plain ?? ofCases ?? ''
    const mentions = [...name.matchAll(/\brules? (\d+)(?:(?:, | and )(\d+))*/g)]
    return mentions.flatMap(([mention]) => [...mention.matchAll(/\d+/g)].map(Number))
  })
}

function linesOf(path: string): number {
  return texts.get(path)!.trimEnd().split('\n').length
}

/** Files that a README names, as code or as the target of a link: `pure/state.ts`, `../errors.ts`. */
function filesNamedIn(path: string): string[] {
  const code = [...texts.get(path)!.matchAll(/`([\w./-]+\.(?:ts|proto|txt|sh|md|yaml))`/g)].map(([, name]) => name!)
  const links = [...texts.get(path)!.matchAll(/\]\(([^)#:]+)\)/g)].map(([, name]) => name!)
  return [...code, ...links]
}

/** Beside the README or anywhere below it; a path from the root or from `src/` will do, too. */
function isThere(folder: string, name: string): boolean {
  const from = [folder, '', 'src'].map((start) => join(start, name))
  const below = tracked.some((path) => path.startsWith(`${folder}/`) && path.endsWith(`/${name}`))
  return below || from.some((path) => existsSync(join(root, path)))
}

/** The folders right below `parent` that hold a source. */
function foldersIn(parent: string): string[] {
  const names = sources
    .filter((path) => path.startsWith(`${parent}/`))
    .map((path) => path.slice(parent.length + 1).split('/'))
  return [...new Set(names.filter((parts) => parts.length > 1).map((parts) => parts[0]!))]
}

test('the tree is seen', () => {
  expect(sources).toContain('src/lib/errors.ts')
  expect(definitions).toContain('proto/trivet/inventory/v1/inventory.proto')
})

describe('sources', () => {
  test(`none is longer than ${limits.sourceLinesMax} lines`, () => {
    expect([...sources, ...definitions].filter((path) => linesOf(path) > limits.sourceLinesMax)).toEqual([])
  })

  // The words are put together here, so that this file does not find itself.
  test.for([
    ['unfinished work', ['TO', 'DO'], ['FIX', 'ME'], ['XX', 'X']],
    ['silenced checks', ['@ts-', 'ignore'], ['@ts-', 'nocheck'], ['lint-', 'disable']],
    ['unchecked types', ['as', ' any'], ['as unknown as', ' any']],
    ['tests that are set aside', ['test.', 'only'], ['test.', 'todo'], ['describe.', 'only'], ['describe.', 'skip']],
  ] as const)('no %s', ([, ...words]) => {
    const pattern = new RegExp(
      `(?<![\\w-])(${words.map((parts) => parts.join('').replaceAll('.', '\\.')).join('|')})\\b`,
    )
    expect(places([...sources, ...definitions], pattern)).toEqual([])
  })

  test('only tests of types say that an error of the compiler is expected', () => {
    const shipped = sources.filter((path) => !path.endsWith('.test.ts'))
    expect(places(shipped, new RegExp(['@ts-', 'expect-error'].join('')))).toEqual([])
  })

  test('names are in kebab case', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/
    const parts = new Set(sources.flatMap((path) => path.split('/')))
    expect([...parts].filter((part) => !kebab.test(part))).toEqual([])
  })

  test('names say what is inside', () => {
    const vague = /(^|[-./])(utils?|helpers?|common|managers?|misc)([-./]|$)/
    // A Manager is a resource of Redfish.
    const termOfRedfish = /^src\/redfish\/.*\bmanager\b/
    expect(sources.filter((path) => vague.test(path) && !termOfRedfish.test(path))).toEqual([])
  })

  test('index.ts is the entry of a room, and of nothing else', () => {
    const entries = sources.filter((path) => basename(path) === 'index.ts').map(dirname)
    expect(
      entries.filter((folder) => !/^src\/([^/]+|(raft|services)\/[^/]+)$|^test\/support(\/[^/]+)?$/.test(folder)),
    ).toEqual([])
  })
})

describe('READMEs', () => {
  // What people read, whatever it is; recorded and generated files explain nothing by themselves.
  const folders = Map.groupBy(
    written.filter((path) => path.includes('/') && basename(path) !== 'README.md'),
    dirname,
  )
  const rooms = [
    ...['src', 'src/services', 'test', 'test/support'].flatMap((parent) => [
      parent,
      ...foldersIn(parent).map((name) => `${parent}/${name}`),
    ]),
    'bench',
    'docs',
    'proto/trivet',
    'tools',
    ...[...folders.keys()].filter((folder) => /^docs\/[^/]+$/.test(folder)),
  ].filter((room) => room !== 'src/gen')

  test.for([...new Set(rooms)])('the room %s has one', (room) => {
    expect(texts.has(`${room}/README.md`)).toBe(true)
  })

  test(`each folder with more than ${limits.filesWithoutReadmeMax} files has one`, () => {
    const large = [...folders].filter(([, files]) => files.length > limits.filesWithoutReadmeMax)
    expect(large.map(([folder]) => folder).filter((folder) => !texts.has(`${folder}/README.md`))).toEqual([])
  })

  test(`none has more than ${limits.readmeLinesMax} lines`, () => {
    const readmes = written.filter((path) => path.endsWith('/README.md'))
    expect(readmes.filter((path) => linesOf(path) > limits.readmeLinesMax)).toEqual([])
  })

  test('those of docs/ list every page', () => {
    const pages = written.filter((path) => path.startsWith('docs/') && basename(path) !== 'README.md')
    expect(pages.filter((page) => !texts.get(`${dirname(page)}/README.md`)?.includes(`](${basename(page)})`))).toEqual(
      [],
    )
  })

  test('what they call by its path is there', () => {
    const broken = written
      .filter((path) => path.endsWith('/README.md'))
      .flatMap((path) =>
        filesNamedIn(path)
          .filter((name) => !isThere(dirname(path), name))
          .map((name) => `${path}: ${name}`),
      )
    expect(broken).toEqual([])
  })
})

describe('rooms', () => {
  test('each has its floor in the rules of the linter', () => {
    const files = floorGlobs().map((glob) => glob.replace(/\/\*\*$/, ''))
    expect(foldersIn('src').filter((name) => name !== 'gen' && !files.includes(`src/${name}`))).toEqual([])
  })

  test('each domain has its wall in the rules of the linter', () => {
    const domains = foldersIn('src/services').filter((name) => name !== 'kernel' && name !== 'testing')
    expect(domains.filter((name) => !texts.get('.oxlintrc.json')!.includes(`"../**/${name}/**"`))).toEqual([])
  })
})

describe('the rules of the log', () => {
  const rules = Array.from({ length: 24 }, (_, at) => at + 1)
  /** Claims and their sweeper (18). */
  const notBuilt = [18]
  const named = new Set(sources.filter((path) => /\.(test|contract)\.ts$/.test(path)).flatMap(rulesNamedIn))

  test('each one that is built is named by a test that holds it', () => {
    expect(rules.filter((rule) => !notBuilt.includes(rule) && !named.has(rule))).toEqual([])
  })

  test('no test says that it holds one that is not built', () => {
    expect(notBuilt.filter((rule) => named.has(rule))).toEqual([])
  })

  test('none is named that does not exist', () => {
    expect([...named].filter((rule) => !rules.includes(rule))).toEqual([])
  })
})

test('each runtime dependency is explained in docs/dependencies.md, and nothing else is', () => {
  const { dependencies } = JSON.parse(texts.get('package.json')!) as { dependencies: Record<string, string> }
  const explained = [...texts.get('docs/dependencies.md')!.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name)
  expect(new Set(explained)).toEqual(new Set(Object.keys(dependencies)))
})

describe('nothing of one machine', () => {
  test('no path of a home', () => {
    const homes = ['root', 'home', 'Users', 'workspace', 'work'].join('|')
    expect(places(written, new RegExp(`(?<![\\w.$}-])/(${homes})/`))).toEqual([])
  })

  test('no address of a package registry', () => {
    const words = ['registry', 'npmjs', 'artifactory', 'nexus'].join('|')
    expect(places(tracked, new RegExp(`https?://[^\\s"'/]*(${words})`, 'i'))).toEqual([])
    expect(places(['package-lock.json', '.npmrc'], /"resolved"|^registry/)).toEqual([])
  })
})

function floorGlobs(): string[] {
  const { overrides } = JSON.parse(texts.get('.oxlintrc.json')!) as { overrides: { files: string[]; rules: object }[] }
  return overrides.filter(({ rules }) => 'no-restricted-imports' in rules).flatMap(({ files }) => files)
}
