import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import { create } from '@bufbuild/protobuf'
import { isTrivetError } from '../../lib/errors.ts'
import type { TrivetError } from '../../lib/errors.ts'
import type { GivenState } from '../../state/testing/given.ts'
import type { Rule } from '../../state/write.ts'
import type { WriteAnswer } from '../../state/write-request.ts'

/** A rule with the schema of its request, so that tests write requests as literals. */
export function asked<Desc extends DescMessage>(state: GivenState, schema: Desc, rule: Rule<MessageShape<Desc>>) {
  return {
    /** Runs it and applies what it writes. */
    run: (request: MessageInitShape<Desc>): WriteAnswer => state.run(rule, create(schema, request)),
    /** The error with which it refuses; throws if it does not. Nothing of the request may remain. */
    refusal: (request: MessageInitShape<Desc>): TrivetError =>
      refusalOf(() => state.run(rule, create(schema, request))),
  }
}

/** The catalogue error that `act` throws. */
export function refusalOf(act: () => unknown): TrivetError {
  try {
    act()
  } catch (error) {
    if (isTrivetError(error)) return error
    throw error
  }
  throw new Error('it was not refused')
}
