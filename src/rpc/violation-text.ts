import { getOption, type DescEnum, type DescField } from '@bufbuild/protobuf'
import { reflect, type Path, type ReflectMessage } from '@bufbuild/protobuf/reflect'
import type { Duration } from '@bufbuild/protobuf/wkt'
import type { Violation } from '@bufbuild/protovalidate'
import { field as fieldRules, FieldRulesSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js'
import { field as fieldOptions } from '../gen/trivet/options/v1/options_pb.ts'

/**
 * What is wrong with a field, in our words, behind its name: what it takes, with the limit that its .proto file says.
 * The library's own words for a rule that has none here.
 */
export function violationText(violation: Violation): string {
  const field = violation.field.findLast((part) => part.kind === 'field')
  if (field === undefined) return violation.message
  return words(violation.ruleId, field, violation.rule) ?? violation.message
}

function words(ruleId: string, field: DescField, rule: Path): string | undefined {
  const limit = String(rulesAt(field, rule)?.value)
  switch (ruleId) {
    case 'string.min_len':
      return limit === '1' ? 'may not be empty' : `takes ${limit} characters at least`
    case 'string.max_len':
      return `takes ${limit} characters at most`
    case 'string.max_bytes':
      return `takes ${limit} bytes at most`
    case 'string.pattern':
      return `takes ${getOption(field, fieldOptions).form}`
    case 'string.uuid':
      return 'takes a UUID'
    case 'uint32.lte':
      return `takes ${limit} at most`
    case 'repeated.min_items':
      return limit === '1' ? 'takes one at least' : `takes ${limit} at least`
    case 'repeated.max_items':
      return `takes ${limit} at most`
    case 'map.max_pairs':
      return `takes ${limit} keys at most`
    case 'enum.defined_only':
      return field.enum === undefined ? undefined : `takes ${valueNames(field.enum).join(', ')}`
    case 'duration.gte_lte':
      return durationRange(rulesAt(field, rule)?.among)
    default:
      return undefined
  }
}

/** The value of a rule, and the rules beside it. */
function rulesAt(
  field: DescField,
  rule: Path,
): { readonly value: unknown; readonly among: ReflectMessage } | undefined {
  let among = reflect(FieldRulesSchema, getOption(field, fieldRules))
  for (const part of rule) {
    if (part.kind !== 'field' || !among.isSet(part)) return undefined
    const value: unknown = among.get(part)
    if (part.fieldKind !== 'message') return { value, among }
    if (isDuration(value)) return { value, among }
    among = value as ReflectMessage
  }
  return undefined
}

function isDuration(value: unknown): boolean {
  return (value as ReflectMessage).desc.typeName === 'google.protobuf.Duration'
}

function durationRange(rules: ReflectMessage | undefined): string | undefined {
  if (rules === undefined) return undefined
  const [from, to] = ['gte', 'lte'].map((name) => {
    const field = rules.desc.fields.find((candidate) => candidate.name === name)
    return field === undefined ? undefined : ((rules.get(field) as ReflectMessage).message as Duration).seconds
  })
  return from === undefined || to === undefined ? undefined : `takes ${from} s to ${to} s`
}

/** As people write them: without what all of them begin with, in small letters; without the one for nothing. */
function valueNames({ values, sharedPrefix = '' }: DescEnum): string[] {
  return values.filter(({ number }) => number !== 0).map(({ name }) => name.slice(sharedPrefix.length).toLowerCase())
}
