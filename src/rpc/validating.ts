import type { Message } from '@bufbuild/protobuf'
import { isStream, type Interceptor } from './interceptor.ts'
import type { BoundService } from './service.ts'
import { validate, warm } from './validator.ts'

/**
 * Refuses requests that break the rules of their .proto file, before anything else looks at them; of a stream, the
 * first one that does ends the call. It stands at the edge only: what is in the log has been checked and is applied
 * without looking again, also by a release whose rules are stricter.
 * Compiles the rules of the given services now, so that the first request does not wait for it.
 */
export function validating(services: readonly BoundService[]): Interceptor {
  const inputs = services.flatMap(({ descriptor }) => descriptor.methods.map(({ input }) => input))
  warm(new Set(inputs))
  return (next) =>
    ({ call, request }) => {
      const { input } = call.method
      if (isStream(request)) {
        return next({ call, request: validated(request, (message) => validate(input, message)) })
      }
      validate(input, request)
      return next({ call, request })
    }
}

async function* validated(
  requests: AsyncIterable<Message>,
  check: (message: Message) => void,
): AsyncGenerator<Message> {
  for await (const request of requests) {
    check(request)
    yield request
  }
}
