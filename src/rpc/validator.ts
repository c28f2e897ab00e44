import { create, type DescMessage, type Message } from '@bufbuild/protobuf'
import { pathToString } from '@bufbuild/protobuf/reflect'
import { createValidator, type Validator, type Violation } from '@bufbuild/protovalidate'
import { trivetError, type FieldViolation } from '../lib/errors.ts'
import { violationsMax } from './limits.ts'
import { violationText } from './violation-text.ts'

let validator: Validator | undefined

/**
 * Checks a message against the rules in its .proto file (`buf.validate`). Returns quietly when all hold.
 * Throws INVALID_REQUEST, whose violations name each field and its limit, at most 50 of them; anything else that it
 * throws is a rule that does not compile, a defect of ours.
 * The first message of a type costs milliseconds, later ones microseconds: `warm` pays that at start.
 */
export function validate(schema: DescMessage, message: Message): void {
  validator ??= createValidator()
  const result = validator.validate(schema, message)
  if (result.kind === 'valid') return
  if (result.kind === 'error') throw result.error
  const violations = result.violations.slice(0, violationsMax).map(asFieldViolation)
  const reason = reasonOf(violations, result.violations.length)
  throw trivetError('INVALID_REQUEST', { reason }, { violations })
}

/** Compiles the rules of messages before the first request needs them. */
export function warm(schemas: Iterable<DescMessage>): void {
  validator ??= createValidator()
  for (const schema of schemas) validator.validate(schema, create(schema))
}

function asFieldViolation(violation: Violation): FieldViolation {
  return { field: pathToString(violation.field), description: violationText(violation) }
}

/** One line: the first violation, and how many more there are. */
function reasonOf([first]: readonly FieldViolation[], count: number): string {
  const text = first === undefined ? 'a rule is broken' : [first.field, first.description].filter(Boolean).join(': ')
  return count > 1 ? `${text} (and ${count - 1} more)` : text
}
