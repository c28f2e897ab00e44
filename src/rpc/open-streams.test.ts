import { expect, test } from 'vitest'
import { ServedCall, type SurfaceCall } from './call-context.ts'
import { OpenStreams } from './open-streams.ts'
import { EchoService } from './testing/echo.ts'
import { Metadata } from '@grpc/grpc-js'

function openCall(): ServedCall {
  const surface: SurfaceCall = {
    metadata: new Metadata(),
    getPeer: () => '127.0.0.1:1',
    getDeadline: () => Number.POSITIVE_INFINITY,
    sendMetadata: () => undefined,
    once: () => undefined,
  }
  return new ServedCall(EchoService.method.repeat, surface)
}

test('a stop ends the streams that are open and those that come after it, and none that has ended', () => {
  const streams = new OpenStreams()
  const [ended, open, late] = [openCall(), openCall(), openCall()]
  streams.add(ended)
  streams.add(open)
  streams.delete(ended)
  const reason = new Error('it is stopping')
  streams.stop(reason)
  streams.add(late)
  expect([ended, open, late].map(({ signal }) => signal.reason as unknown)).toEqual([undefined, reason, reason])
})
