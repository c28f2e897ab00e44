import { Client, credentials, Metadata, type ClientDuplexStream } from '@grpc/grpc-js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { HelloSchema } from '../../gen/trivet/raft/v1/peer_pb.ts'
import { relayFrames, replicateFrames } from './frames.ts'
import { openGrpcTransport } from './grpc-transport.ts'
import { helloTo, noStanding, wireVersion } from './hello.ts'
import { contractPeers, heartbeat, Recorder } from './transport.contract.ts'
import type { Transport } from './transport.ts'

const [a, b] = contractPeers
const factsOf = (self: string) => ({
  clusterId: 'cluster-1',
  self,
  name: self[0]!,
  address: '',
  stateVersions: { min: 1, max: 1 },
  sealingKeyFingerprint: new Uint8Array(),
  acquaintances: { own: { nonce: '', starts: 0, run: '' }, of: () => undefined, remember: () => {} },
})

let recorder: Recorder
let transport: Transport
let client: Client

beforeEach(async () => {
  recorder = new Recorder()
  const peers = [{ id: b, name: 'b', address: '127.0.0.1:1' }]
  const listen = { host: '127.0.0.1', port: 0 }
  transport = await openGrpcTransport({ listen, facts: factsOf(a), peers, events: recorder })
  client = new Client(transport.address, credentials.createInsecure())
})

afterEach(() => {
  client.close()
  transport.close()
})

/** A stream of our own making, to say what no peer would say. */
function dial(path: string) {
  const pass = (bytes: Buffer) => bytes
  const call: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(path, pass, pass, new Metadata(), {})
  const answers: Buffer[] = []
  const ended: Promise<string> = new Promise((resolve) => {
    call.on('data', (bytes: Buffer) => answers.push(bytes))
    call.on('error', (error) => resolve(error.message))
    call.on('status', (status) => resolve(status.details))
  })
  return { call, answers, ended }
}

test('a stream that does not begin with a hello is ended', async () => {
  const { call, ended } = dial(replicateFrames.path)
  call.write(replicateFrames.encode([heartbeat(b, a, 1)]))
  expect(await ended).toContain('the first frame is no hello')
  expect(recorder.messages).toEqual([])
})

test('a second hello, and bytes that are no frame, end a stream', async () => {
  for (const bad of [replicateFrames.encodeHello(helloTo(a, factsOf(b), noStanding)), Buffer.of(0xff)]) {
    const { call, ended } = dial(replicateFrames.path)
    call.write(replicateFrames.encodeHello(helloTo(a, factsOf(b), noStanding)))
    call.write(bad)
    call.write(replicateFrames.encode([heartbeat(b, a, 1)]))
    expect(await ended).toMatch(/a second hello|no ReplicateRequest/)
  }
  expect(recorder.messages).toEqual([])
})

test('a hello of another wire version, or for another peer, is refused', async () => {
  const hello = helloTo(a, factsOf(b), noStanding)
  for (const [other, reason] of [
    [create(HelloSchema, { ...hello, wireVersion: wireVersion + 1 }), `it speaks wire version ${wireVersion + 1}`],
    [create(HelloSchema, { ...hello, to: 'd' }), 'it means peer d'],
    [create(HelloSchema), 'it speaks wire version 0'],
  ] as const) {
    const { call, ended } = dial(relayFrames.path)
    call.write(relayFrames.encodeHello(other))
    expect(await ended).toContain(reason)
  }
})

test('a newer stream of a peer takes the place of the older one', async () => {
  const older = dial(relayFrames.path)
  older.call.write(relayFrames.encodeHello(helloTo(a, factsOf(b), noStanding)))
  await expect.poll(() => older.answers.length).toBe(1)
  const newer = dial(relayFrames.path)
  newer.call.write(relayFrames.encodeHello(helloTo(a, factsOf(b), noStanding)))
  expect(await older.ended).toContain('a newer stream takes its place')
  newer.call.write(relayFrames.encode(Buffer.from('after')))
  await expect.poll(() => recorder.relays).toEqual([{ from: b, text: 'after' }])
  newer.call.cancel()
  await newer.ended
})

test('a stream on which nothing is said is ended', async () => {
  const { ended } = dial(replicateFrames.path)
  expect(await ended).toContain('no hello in time')
})
