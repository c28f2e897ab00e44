/** One file that the linter reads: where it would stand, what it says, and what must come out. */
export interface Sample {
  readonly path: string
  readonly text: string
  /** The rule that catches it, with a part of its message or help; absent for code that must pass. */
  readonly caught?: readonly [rule: string, text: string]
}

const floors = ['eslint(no-restricted-imports)', 'The floors are'] as const
const walls = ['eslint(no-restricted-imports)', 'A domain imports another domain only'] as const
const testCode = ['eslint(no-restricted-imports)', 'What ships imports no test code'] as const
const packages = ['eslint(no-restricted-imports)', 'Pure code imports no package'] as const
const locale = ['eslint(no-restricted-properties)', 'Two releases of Node'] as const

const above: Record<string, readonly string[]> = {
  'src/lib/sample.ts': ['gen', 'raft', 'state', 'rpc', 'redfish', 'services', 'boot-http', 'cli', 'peer'],
  'src/raft/member/sample.ts': ['state', 'rpc', 'redfish', 'services', 'boot-http', 'cli', 'peer'],
  'src/raft/core/sample.ts': ['gen', 'state', 'rpc', 'redfish', 'services', 'boot-http', 'cli', 'peer'],
  'src/state/sample.ts': ['raft', 'rpc', 'redfish', 'services', 'boot-http', 'cli', 'peer'],
  'src/state/pure/sample.ts': ['raft', 'rpc', 'redfish', 'services', 'boot-http', 'cli', 'peer'],
  'src/rpc/sample.ts': ['raft', 'state', 'redfish', 'services', 'boot-http', 'cli', 'peer'],
  'src/redfish/sample.ts': ['raft', 'state', 'rpc', 'services', 'boot-http', 'cli', 'peer'],
  'src/services/kernel/sample.ts': ['boot-http', 'cli', 'peer'],
  'src/services/boot/sample.ts': ['boot-http', 'cli', 'peer'],
  'src/services/boot/rules/sample.ts': ['raft', 'rpc', 'boot-http', 'cli', 'peer'],
  'src/boot-http/sample.ts': ['cli', 'peer'],
  'src/cli/sample.ts': ['boot-http', 'peer'],
}

const below: Record<string, readonly string[]> = {
  'src/raft/member/sample.ts': ['lib', 'gen'],
  'src/raft/core/sample.ts': ['lib'],
  'src/state/sample.ts': ['lib', 'gen'],
  'src/state/pure/sample.ts': ['lib', 'gen'],
  'src/rpc/sample.ts': ['lib', 'gen'],
  'src/redfish/sample.ts': ['lib', 'gen'],
  'src/services/boot/sample.ts': ['lib', 'gen', 'raft', 'state', 'rpc', 'redfish'],
  'src/services/boot/rules/sample.ts': ['lib', 'gen', 'state', 'redfish'],
  'src/boot-http/sample.ts': ['lib', 'gen', 'state', 'rpc', 'services'],
  'src/cli/sample.ts': ['lib', 'gen', 'rpc', 'services'],
  'src/peer/sample.ts': ['lib', 'gen', 'raft', 'state', 'rpc', 'redfish', 'services', 'boot-http', 'cli'],
}

/** A relative path from the folder of a file in `src` up to `src`. */
function upFrom(path: string): string {
  return '../'.repeat(path.split('/').length - 2)
}

function imports(specifier: string): string {
  return `import { sample } from '${specifier}'\nexport const used = sample\n`
}

const outerFloors: readonly Sample[] = Object.entries(above).flatMap(([path, rooms]) =>
  [...rooms.map((room) => `${room}/sample.ts`), 'main.ts'].map((target) => ({
    path,
    text: imports(upFrom(path) + target),
    caught: floors,
  })),
)

const innerFloors: readonly Sample[] = Object.entries(below).flatMap(([path, rooms]) =>
  rooms.map((room) => ({ path, text: imports(`${upFrom(path)}${room}/sample.ts`) })),
)

const corePath = 'src/raft/core/sample.ts'
const servicePath = 'src/services/boot/sample.ts'
const rulePath = 'src/services/boot/rules/sample.ts'

const floorForms: readonly Sample[] = [
  { path: 'src/peer/sample.ts', text: imports('../main.ts'), caught: floors },
  { path: 'src/main.ts', text: imports('../test/support/virtual-clock.ts'), caught: testCode },
  { path: 'src/state/sample.ts', text: `import type { A } from '../raft/a.ts'\nexport type B = A\n`, caught: floors },
  { path: 'src/state/sample.ts', text: `export * from '../raft/a.ts'\n`, caught: floors },
  { path: 'src/state/sample.ts', text: `export const raft = import('../raft/a.ts')\n`, caught: floors },
  { path: 'src/state/sample.ts', text: imports('./../raft/a.ts'), caught: floors },
  { path: 'src/state/sample.ts', text: imports('../../src/raft/a.ts'), caught: floors },
  { path: 'src/state/sample.ts', text: imports('./pure/rpc/a.ts') },
  { path: 'src/raft/member/sample.ts', text: imports('../core/index.ts') },
  {
    path: corePath,
    text: imports('../member/port.ts'),
    caught: ['eslint(no-restricted-imports)', 'The core knows neither'],
  },
  {
    path: corePath,
    text: imports('@bufbuild/protobuf'),
    caught: ['eslint(no-restricted-imports)', 'imports no package'],
  },
  { path: corePath, text: imports('./progress.ts') },
  { path: 'src/state/sample.test.ts', text: imports('../services/kernel/kernel.ts') },
  { path: 'src/state/testing/sample.ts', text: imports('../../raft/core/index.ts') },
]

const shipped: readonly Sample[] = [
  'src/lib/sample.ts',
  'src/raft/member/sample.ts',
  corePath,
  'src/state/sample.ts',
  'src/state/pure/sample.ts',
  servicePath,
  rulePath,
  'src/cli/sample.ts',
  'src/peer/sample.ts',
].flatMap((path) => [
  { path, text: imports(`${upFrom(path)}../test/support/virtual-clock.ts`), caught: testCode },
  { path, text: imports('./testing/tables.ts'), caught: testCode },
  { path, text: imports('./tables.contract.ts'), caught: testCode },
])

const wallsBetweenDomains: readonly Sample[] = [
  { path: servicePath, text: imports('../power/service.ts'), caught: walls },
  { path: servicePath, text: imports('../power/controller.ts'), caught: walls },
  { path: servicePath, text: imports('../power/steps/next-step.ts'), caught: walls },
  { path: rulePath, text: imports('../../inventory/service.ts'), caught: walls },
  { path: 'src/services/kernel/sample.ts', text: imports('../inventory/service.ts'), caught: walls },
  { path: servicePath, text: imports('../power/tables.ts') },
  { path: servicePath, text: imports('../power/rules/next-step.ts') },
  { path: servicePath, text: imports('../kernel/write-call.ts') },
  { path: servicePath, text: imports('../../gen/trivet/power/v1/power_pb.ts') },
  { path: servicePath, text: imports('./controller.ts') },
  { path: rulePath, text: imports('../../inventory/tables.ts') },
  { path: rulePath, text: imports('../../inventory/rules/node-by-reference.ts') },
  { path: rulePath, text: imports('../../kernel/etag.ts') },
  { path: rulePath, text: imports('../tables.ts') },
  { path: rulePath, text: imports('../service.ts'), caught: ['eslint(no-restricted-imports)', 'A rule knows neither'] },
  {
    path: rulePath,
    text: imports('../controller.ts'),
    caught: ['eslint(no-restricted-imports)', 'A rule knows neither'],
  },
  { path: servicePath, text: imports('../../cli/rules/sample.ts'), caught: floors },
]

const impure: readonly (readonly [text: string, rule: string])[] = [
  [`export const now = Date.now()\n`, 'eslint(no-restricted-globals)'],
  [`export const now = new Date()\n`, 'eslint(no-restricted-globals)'],
  [`export const now = performance.now()\n`, 'eslint(no-restricted-globals)'],
  [`export const timer = setTimeout(() => {}, 1)\n`, 'eslint(no-restricted-globals)'],
  [`export const id = crypto.randomUUID()\n`, 'eslint(no-restricted-globals)'],
  [`export const home = process.env\n`, 'eslint(no-restricted-globals)'],
  [`export const now = globalThis\n`, 'eslint(no-restricted-globals)'],
  [`export const later = Promise.resolve()\n`, 'eslint(no-restricted-globals)'],
  [`export const order = Intl.Collator\n`, 'eslint(no-restricted-globals)'],
  [`export async function later() {}\n`, 'oxc(no-async-await)'],
  [`export const chance = Math.random()\n`, 'eslint(no-restricted-properties)'],
  [`const { random } = Math\nexport const chance = random()\n`, 'eslint(no-restricted-properties)'],
  [`import { readFileSync } from 'node:fs'\nexport const text = readFileSync('a')\n`, 'import(no-nodejs-modules)'],
  [`import { randomBytes } from 'crypto'\nexport const bytes = randomBytes(1)\n`, 'import(no-nodejs-modules)'],
]

const purity: readonly Sample[] = [
  corePath,
  'src/state/pure/sample.ts',
  rulePath,
  'src/services/power/rules/deep/sample.ts',
].flatMap((path) => [
  ...impure.map(([text, rule]) => ({ path, text, caught: [rule, ''] as const })),
  { path, text: `export const order = 'a'.localeCompare('b')\n`, caught: locale },
  { path, text: `export const sum = [1, 2].map((value) => Math.max(value, 1))\n` },
])

const purePackages: readonly Sample[] = ['src/state/pure/sample.ts', rulePath].flatMap((path) => [
  { path, text: imports('level'), caught: packages },
  { path, text: imports('@grpc/grpc-js'), caught: packages },
  { path, text: imports('@bufbuild/protobuf') },
])

const impureElsewhere: readonly Sample[] = ['src/state/sample.ts', servicePath, 'src/raft/member/sample.ts'].map(
  (path) => ({
    path,
    text: `export const now = Date.now()\n`,
  }),
)

const everywhere: readonly Sample[] = [
  { path: 'src/peer/one.ts', text: imports('./other.ts'), caught: ['import(no-cycle)', ''] },
  { path: 'src/peer/other.ts', text: imports('./one.ts'), caught: ['import(no-cycle)', ''] },
  { path: 'src/peer/sample.ts', text: `console.log('hello')\n`, caught: ['eslint(no-console)', ''] },
  { path: 'src/peer/sample.ts', text: `export default 1\n`, caught: ['import(no-default-export)', ''] },
  { path: 'src/peer/sample.ts', text: `export const it: any = 1\n`, caught: ['typescript(no-explicit-any)', ''] },
  { path: 'src/peer/sample.ts', text: '\n'.repeat(500) + 'export const last = 1\n', caught: ['eslint(max-lines)', ''] },
  {
    path: 'src/peer/sample.ts',
    text: `export async function later() {}\nlater()\n`,
    caught: ['typescript(no-floating-promises)', ''],
  },
  {
    path: 'src/peer/sample.ts',
    text: `export function size(of: 'a' | 'b'): void {\n  switch (of) {\n    case 'a':\n      return\n  }\n}\n`,
    caught: ['typescript(switch-exhaustiveness-check)', ''],
  },
]

/** Samples that the linter must catch, and samples that look alike and must pass. */
export const samples: readonly Sample[] = [
  ...outerFloors,
  ...innerFloors,
  ...floorForms,
  ...shipped,
  ...wallsBetweenDomains,
  ...purity,
  ...purePackages,
  ...impureElsewhere,
  ...everywhere,
]
