import { create, hasOption, getOption, type DescField, type DescMessage } from '@bufbuild/protobuf'
import { reflect } from '@bufbuild/protobuf/reflect'
import { field as fieldRules, FieldRulesSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js'
import { describe, expect, test } from 'vitest'
import { services } from '../gen/cli/services.ts'
import { CreateGroupRequestSchema } from '../gen/trivet/inventory/v1/groups_pb.ts'
import { ListNodesRequestSchema } from '../gen/trivet/inventory/v1/nodes_pb.ts'
import { field as fieldOptions } from '../gen/trivet/options/v1/options_pb.ts'
import { CreateSessionRequestSchema } from '../gen/trivet/session/v1/session_pb.ts'
import { isTrivetError, type FieldViolation } from '../lib/errors.ts'
import { validate } from './validator.ts'

function violationsOf(schema: DescMessage, init: object): readonly FieldViolation[] {
  try {
    validate(schema, create(schema, init as never))
  } catch (error) {
    if (isTrivetError(error, 'INVALID_REQUEST')) return error.violations
    throw error
  }
  return []
}

test.for<[DescMessage, object, string]>([
  [CreateGroupRequestSchema, { name: '' }, 'name: may not be empty'],
  [CreateGroupRequestSchema, { name: 'a'.repeat(129) }, 'name: takes 128 characters at most'],
  [
    CreateGroupRequestSchema,
    { name: 'Compute Nodes' },
    'name: takes small letters, digits, `-`, `_`, `.` and `:`, a letter or digit first',
  ],
  [CreateGroupRequestSchema, { name: 'a', write: { requestId: 'x' } }, 'write.request_id: takes a UUID'],
  [ListNodesRequestSchema, { pageSize: 5000 }, 'page_size: takes 1000 at most'],
  [CreateSessionRequestSchema, { template: 't', powerTimeout: { seconds: 0n } }, 'power_timeout: takes 1 s to 3600 s'],
])('%s', ([schema, init, wanted]) => {
  expect(violationsOf(schema, init).map(({ field, description }) => `${field}: ${description}`)).toContain(wanted)
})

describe('every rule of a field of the API', async () => {
  const fields = await ruledFields()

  test('there are rules', () => {
    expect(fields.length).toBeGreaterThan(100)
  })

  test('has words of ours', () => {
    const worded = new Set([
      'string.min_len',
      'string.max_len',
      'string.max_bytes',
      'string.pattern',
      'string.uuid',
      'uint32.lte',
      'repeated.min_items',
      'repeated.max_items',
      'map.max_pairs',
      'enum.defined_only',
      'duration.gte',
      'duration.lte',
    ])
    expect(
      fields.flatMap(({ field, rules }) =>
        rules.filter((rule) => !worded.has(rule)).map((rule) => `${field.parent.typeName}.${field.name}: ${rule}`),
      ),
    ).toEqual([])
  })

  test('and a pattern says what it wants', () => {
    const silent = fields.filter(
      ({ field, rules }) => rules.includes('string.pattern') && getOption(field, fieldOptions).form === '',
    )
    expect(silent.map(({ field }) => `${field.parent.typeName}.${field.name}`)).toEqual([])
  })
})

/** Fields of all requests, with the names of their rules: `string.max_len`. */
async function ruledFields(): Promise<{ readonly field: DescField; readonly rules: readonly string[] }[]> {
  const found = new Map<DescField, readonly string[]>()
  const visit = (message: DescMessage): void => {
    for (const field of message.fields) {
      if (found.has(field)) continue
      found.set(field, hasOption(field, fieldRules) ? ruleNames(field) : [])
      if (field.message !== undefined) visit(field.message)
    }
  }
  for (const load of Object.values(services)) {
    for (const method of (await load()).methods) visit(method.input)
  }
  return [...found].map(([field, rules]) => ({ field, rules })).filter(({ rules }) => rules.length > 0)
}

function ruleNames(field: DescField): string[] {
  const rules = reflect(FieldRulesSchema, getOption(field, fieldRules))
  return rules.fields
    .filter((kind) => kind.fieldKind === 'message' && rules.isSet(kind))
    .flatMap((kind) => {
      const own = rules.get(kind) as ReturnType<typeof reflect>
      return own.fields.filter((rule) => own.isSet(rule)).map((rule) => `${kind.name}.${rule.name}`)
    })
}
