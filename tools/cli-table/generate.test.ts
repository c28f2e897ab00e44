import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, fromBinary } from '@bufbuild/protobuf'
import { CodeGeneratorRequestSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { createEcmaScriptPlugin } from '@bufbuild/protoplugin'
import { afterAll, expect, test } from 'vitest'
import type { CommandTable, NounTable } from '../../src/cli/table.ts'
import { generateCli } from './generate.ts'

const repository = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'trivet-protos-'))
afterAll(() => rmSync(folder, { recursive: true }))
for (const path of ['proto/trivet/options', 'proto/trivet/api', 'third_party/buf']) {
  cpSync(join(repository, path), join(folder, path.replace(/^\w+\//, '')), { recursive: true })
}
mkdirSync(join(folder, 'trivet/rack/v1'), { recursive: true })

/** What the plugin makes of one file: the service and its messages. */
function generate(source: string): Map<string, string> {
  const file = 'trivet/rack/v1/rack.proto'
  const imports = ['buf/validate/validate', 'google/protobuf/duration', 'google/protobuf/timestamp']
  const ours = ['trivet/api/v1/write', 'trivet/options/v1/options']
  const lines = [...imports, ...ours].map((name) => `import "${name}.proto";\n`)
  writeFileSync(join(folder, file), `syntax = "proto3";\npackage trivet.rack.v1;\n${lines.join('')}${source}`)
  const buf = join(repository, 'node_modules/.bin/buf')
  const image = execFileSync(buf, ['build', folder, '--as-file-descriptor-set', '-o', '-'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const protoFile = fromBinary(FileDescriptorSetSchema, image).file
  const plugin = createEcmaScriptPlugin({ name: 'protoc-gen-cli', version: 'v1', generateTs: generateCli })
  const request = create(CodeGeneratorRequestSchema, { fileToGenerate: [file], parameter: 'target=ts', protoFile })
  return new Map(plugin.run(request).file.map(({ name, content }) => [name, content]))
}

function tableOf(files: ReadonlyMap<string, string>, noun: string): NounTable {
  const text = files.get(`cli/${noun}.ts`)!
  return JSON.parse(text.slice(text.indexOf('= {') + 2)) as NounTable
}

/** A service of one reading method whose request has these fields. */
function withFields(fields: string, cli = ''): string {
  return `
    // Racks.
    service RackService {
      // Shows one rack. It stands somewhere.
      rpc GetRack(GetRackRequest) returns (GetRackResponse) {
        option (trivet.options.v1.method) = {read_only: true cli: {noun: "rack" verb: "get" ${cli}}};
      }
    }
    // Which rack.
    message GetRackRequest {
      ${fields}
    }
    // What it is built of.
    message Spec {
      // How high it is.
      uint32 height_units = 1;
      // What else.
      Spec inner = 2;
    }
    // The rack.
    message GetRackResponse {
      // Its name.
      string name = 1;
    }`
}

function commandWith(fields: string, cli?: string): CommandTable {
  return tableOf(generate(withFields(fields, cli)), 'rack').commands[0]!
}

test('a field is a flag, with its comment as help and what its kind needs', () => {
  const {
    summary,
    help,
    arguments: placed,
    flags,
  } = commandWith(
    `// The rack, by
     // its name.
     string rack = 1 [(buf.validate.field).string.min_len = 1, (trivet.options.v1.field).placeholder = "RACK"];
     // Only these.
     string nodes = 2 [(trivet.options.v1.field).nodeset = true];
     // Shown or not.
     optional bool shown = 3;
     // How long.
     google.protobuf.Duration longest = 4;
     // Labels.
     map<string, string> labels = 5;
     // Names.
     repeated string names = 6;
     // The key.
     string pass_phrase = 7 [(trivet.options.v1.field).secret = true];`,
    'arguments: ["rack"]',
  )
  expect([summary, help]).toEqual(['Shows one rack.', 'Shows one rack. It stands somewhere.'])
  expect(placed).toEqual([
    { path: 'rack', kind: 'string', placeholder: 'RACK', help: 'The rack, by its name.', required: true },
  ])
  expect(flags).toEqual([
    { path: 'nodes', kind: 'string', placeholder: 'NODES', help: 'Only these.', nodeset: true },
    { path: 'shown', kind: 'bool', placeholder: 'SHOWN', help: 'Shown or not.' },
    { path: 'longest', kind: 'duration', placeholder: 'DURATION', help: 'How long.' },
    { path: 'labels', kind: 'map', placeholder: 'KEY=VALUE', help: 'Labels.' },
    { path: 'names', kind: 'string', placeholder: 'NAMES', help: 'Names.', repeated: true },
    { path: 'pass_phrase', kind: 'string', placeholder: 'FILE', help: 'The key.', source: 'secret' },
  ])
})

test('a message is a flag for each of its fields, one level deep', () => {
  const source = withFields('// Its specification.\nSpec spec = 1;').replace(/\/\/ What else\.\s+Spec inner = 2;/, '')
  const [command] = tableOf(generate(source), 'rack').commands
  expect(command!.flags).toEqual([
    { path: 'spec.height_units', kind: 'uint32', placeholder: 'NUMBER', help: 'How high it is.' },
  ])
})

test('files without services make no tables, so that several runs do not overwrite each other', () => {
  expect(generate('// Nothing is called.\nmessage Alone {}')).toEqual(new Map())
})

test.for<[string, string, RegExp, string?]>([
  ['a message within a message', '// S.\nSpec spec = 1;', /spec.*inner.*needs the option from_file/is],
  ['bytes', '// B.\nbytes b = 1;', /BYTES has no form on a command line/],
  ['a time', '// T.\ngoogle.protobuf.Timestamp t = 1;', /google.protobuf.Timestamp has no form/],
  ['a map of numbers', '// M.\nmap<string, uint32> m = 1;', /only maps of string to string/],
  [
    'a number that is a nodeset',
    '// N.\nuint32 n = 1 [(trivet.options.v1.field).nodeset = true];',
    /only a single string holds a nodeset/,
  ],
  ['a field without a comment', 'string s = 1;', /has no comment; its help text comes from there/],
  ['a field that is called like a common flag', '// S.\nstring server = 1;', /two flags are called --server/],
  ['two fields of one flag', '// A.\nbool a = 1;\n// B.\nbool no_a = 2;', /two flags are called --no-a/],
  ['an argument that is no field', '', /argument rack is no field of the request/, 'arguments: ["rack"]'],
  [
    'a secret as an argument',
    '// S.\nstring s = 1 [(trivet.options.v1.field).secret = true];',
    /never an argument/,
    'arguments: ["s"]',
  ],
  ['columns of no list', '// S.\nstring s = 1;', /has no list that the columns could be of/, 'columns: ["a"]'],
  [
    'a write that says it only reads',
    '// W.\ntrivet.api.v1.WriteOptions write = 1;',
    /a write carries WriteOptions and is not read_only/,
  ],
])('%s stops the generation and says where', ([, fields, message, cli]) => {
  expect(() => generate(withFields(fields, cli))).toThrow(message)
})
