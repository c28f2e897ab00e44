import { expect, test } from 'vitest'
import { connectionReason, fileReason, listenReason } from './system-reasons.ts'

const coded = (code: string) => Object.assign(new Error(`${code}: something`), { code })

test.for([
  ['connect ECONNREFUSED 127.0.0.1:1', 'nothing listens there'],
  [
    'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ',
    'nothing listens there',
  ],
  [
    'No connection established. Last error: Protocol error (now). Resolution note: ',
    'what listens there does not speak gRPC',
  ],
  ['Name resolution failed for target dns:nowhere.invalid:7400', 'its name is not known'],
  ['Received RST_STREAM with code 2 triggered by internal client error: read ECONNRESET', 'the connection was lost'],
  ['Received RST_STREAM with code 8 (Call cancelled)', 'the connection was lost'],
  ['Connection dropped', 'the connection was lost'],
])('%s: %s', ([text, reason]) => {
  expect(connectionReason(text)).toBe(reason)
})

test('a code counts wherever it stands: in the error itself, or in what was made of it', () => {
  expect(fileReason(coded('ENOENT'))).toBe('there is no such file')
  expect(listenReason(coded('EADDRINUSE'))).toBe('another program listens there')
  expect(
    listenReason(
      'No address added out of total 1 resolved errors: [listen EADDRINUSE: address already in use 127.0.0.1:1]',
    ),
  ).toBe('another program listens there')
  expect(listenReason(coded('EACCES'))).not.toBe(fileReason(coded('EACCES')))
})

test('what says none of the known things keeps its words', () => {
  expect(connectionReason('peer b is of another cluster')).toBe('peer b is of another cluster')
  expect(fileReason(coded('ENOSPC'))).toBe('ENOSPC: something')
})
