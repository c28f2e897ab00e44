/**
 * What the operating system and the libraries above it say when something cannot be opened, reached or listened on, in
 * words for the end of a sentence. They say it with a code that stands in the error or somewhere in its text.
 */
type Words = Readonly<Record<string, string>>

const fileWords: Words = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
}

const listenWords: Words = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not listen on that port',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'the name server does not answer',
}

const lost = 'the connection was lost'

const connectionWords: Words = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: lost,
  EPIPE: lost,
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: 'it does not respond',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'the name server does not answer',
}

/** What grpc-js (1.14) writes where it hides the system's code. */
const grpcWords: readonly (readonly [RegExp, string])[] = [
  [/Protocol error/, 'what listens there does not speak gRPC'],
  [/Name resolution failed/, 'its name is not known'],
  [/Received RST_STREAM|Connection dropped|Failed to connect|cancelled on client/i, lost],
]

/** Why a file cannot be read. */
export function fileReason(error: unknown): string {
  return fromCode(error, fileWords) ?? textOf(error)
}

/** Why an address cannot be listened on. */
export function listenReason(error: unknown): string {
  return fromCode(error, listenWords) ?? wordsOfGrpc(textOf(error)) ?? textOf(error)
}

/** Why there is no connection. What says none of the known things is left as it is: it may be a peer's own words. */
export function connectionReason(error: unknown): string {
  return fromCode(error, connectionWords) ?? wordsOfGrpc(textOf(error)) ?? textOf(error)
}

function fromCode(error: unknown, words: Words): string | undefined {
  const own = error instanceof Error && 'code' in error ? String(error.code) : ''
  const codes = [own, ...(textOf(error).match(/\bE[A-Z_]{3,}\b/g) ?? [])]
  const known = codes.find((code) => Object.hasOwn(words, code))
  return known === undefined ? undefined : words[known]
}

function wordsOfGrpc(text: string): string | undefined {
  return grpcWords.find(([pattern]) => pattern.test(text))?.[1]
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
