import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import type { StateHashes } from '../gen/trivet/peer/v1/peer_pb.ts'
import { StateHashesSchema } from '../gen/trivet/peer/v1/peer_pb.ts'
import { hashesKept } from '../state/limits.ts'
import type { StateHash } from '../state/state-hashes.ts'
import { HashExchange } from './hash-exchange.ts'

const voters = ['a', 'b', 'c'].map((name) => ({ id: `id-${name}`, name }))

/** Three peers that tell each other their hashes, as far as they are connected. */
class Peers {
  readonly connected = new Set(['a', 'b', 'c'])
  readonly own = new Map<string, StateHash[]>()
  readonly exchanges = new Map<string, HashExchange>()
  readonly told: string[] = []
  readonly sent: string[] = []
  readonly #timers = new Set<() => void>()

  constructor() {
    for (const { id, name } of voters) {
      this.own.set(name, [])
      this.exchanges.set(
        name,
        new HashExchange({
          self: id,
          voters,
          own: () => this.own.get(name)!,
          send: (to, hashes) => this.#carry(name, to, create(StateHashesSchema, { hashes: [...hashes] })),
          onOutvoted: (reason) => this.told.push(`${name} is outvoted: ${reason}`),
          onDisputed: (reason) => this.told.push(`${name}: ${reason === '' ? 'agreed again' : reason}`),
          after: (_ms, listener) => {
            this.#timers.add(listener)
            return () => void this.#timers.delete(listener)
          },
        }),
      )
    }
  }

  /** `name` applies a round index with this hash. */
  round(name: string, index: number, hash: string): void {
    this.own.get(name)!.push({ index, hash, revision: index - 1, logTimeMs: 1, floor: '', stateVersion: 1 })
    this.exchanges.get(name)!.round()
  }

  /** `name` is back, and both ends notice. */
  connect(name: string): void {
    this.connected.add(name)
    for (const other of voters) {
      if (other.name === name || !this.connected.has(other.name)) continue
      this.exchanges.get(name)!.connected(other.id)
      this.exchanges.get(other.name)!.connected(`id-${name}`)
    }
  }

  /** Time passes in which a peer that is behind would have spoken. */
  settle(): void {
    for (const listener of this.#timers) {
      this.#timers.delete(listener)
      listener()
    }
  }

  #carry(from: string, to: string, hashes: StateHashes): void {
    const name = to.slice('id-'.length)
    if (!this.connected.has(from) || !this.connected.has(name)) return
    this.sent.push(`${from}->${name} ${hashes.hashes.map(({ index }) => index).join(' ')}`)
    this.exchanges.get(name)!.received(`id-${from}`, hashes)
  }
}

test('peers that agree tell each other, and nothing comes of it', () => {
  const peers = new Peers()
  for (const index of [1_000, 2_000]) for (const name of ['a', 'b', 'c']) peers.round(name, index, `h${index}`)
  expect(peers.sent).toHaveLength(12)
  expect(peers.told).toEqual([])
})

test('a peer that differs is outvoted as soon as two others agree, and writes go on', () => {
  const peers = new Peers()
  peers.round('b', 1_000, 'x')
  peers.round('c', 1_000, 'x')
  peers.round('a', 1_000, 'y')
  expect(peers.told).toEqual([
    'a is outvoted: its state at index 1000 (hash y, revision 999) is not the one of b, c, who agree',
  ])
})

const aAndB = 'at index 1000 the states of a; of b differ, and no majority agrees'

test('a difference that the third peer settles soon stops no write', () => {
  const peers = new Peers()
  peers.round('a', 1_000, 'y')
  peers.round('b', 1_000, 'x')
  peers.round('c', 1_000, 'x')
  peers.settle()
  expect(peers.told.map((line) => line.split(':', 1)[0])).toEqual(['a is outvoted'])
})

test('a difference that nobody settles stops writes, until a majority is there', () => {
  const peers = new Peers()
  peers.round('a', 1_000, 'y')
  peers.round('b', 1_000, 'x')
  expect(peers.told).toEqual([])
  peers.settle()
  expect(peers.told).toEqual([`a: ${aAndB}`, `b: ${aAndB}`])
  peers.told.length = 0
  peers.round('c', 1_000, 'x')
  expect(peers.told.map((line) => line.split(':', 1)[0])).toEqual(expect.arrayContaining(['a is outvoted', 'b']))
  expect(peers.told).toContain('b: agreed again')
})

test('three that all differ stop writing, and say it anew only when they know more', () => {
  const peers = new Peers()
  peers.round('a', 1_000, 'x')
  peers.round('b', 1_000, 'y')
  peers.settle()
  peers.told.length = 0
  peers.round('c', 1_000, 'z')
  peers.settle()
  const all = 'at index 1000 the states of a; of b; of c differ, and no majority agrees'
  expect(peers.told.slice().sort()).toEqual([`a: ${all}`, `b: ${all}`, `c: ${all}`])
  peers.connect('a')
  peers.settle()
  expect(peers.told).toHaveLength(3)
})

test('who stops says nothing any more', () => {
  const peers = new Peers()
  peers.round('a', 1_000, 'y')
  peers.round('b', 1_000, 'x')
  peers.exchanges.get('a')!.stop()
  peers.settle()
  expect(peers.told).toEqual([`b: ${aAndB}`])
})

test('what was lost is told again when a peer is back, and judged at the index where it differed', () => {
  const peers = new Peers()
  peers.connected.delete('a')
  for (const index of [1_000, 2_000, 3_000]) {
    peers.round('b', index, 'x')
    peers.round('c', index, 'x')
    peers.round('a', index, index === 2_000 ? 'y' : 'x')
  }
  expect(peers.told).toEqual([])
  peers.connect('a')
  expect(peers.told).toEqual([
    'a is outvoted: its state at index 2000 (hash y, revision 1999) is not the one of b, c, who agree',
  ])
})

test('a dispute is over when a later index shows a majority', () => {
  const peers = new Peers()
  peers.connected.delete('c')
  peers.round('a', 1_000, 'x')
  peers.round('b', 1_000, 'y')
  peers.settle()
  expect(peers.told).toHaveLength(2)
  peers.round('a', 2_000, 'z')
  peers.round('b', 2_000, 'z')
  expect(peers.told.slice(2).sort()).toEqual(['a: agreed again', 'b: agreed again'])
})

test('who is outvoted says and hears nothing any more', () => {
  const peers = new Peers()
  peers.round('b', 1_000, 'x')
  peers.round('c', 1_000, 'x')
  peers.round('a', 1_000, 'y')
  peers.sent.length = 0
  peers.round('a', 2_000, 'y')
  peers.round('b', 2_000, 'x')
  expect(peers.sent).toEqual(['b->a 2000', 'b->c 2000'])
  expect(peers.told).toHaveLength(1)
})

test('an index that this peer has not reached yet is kept until it has', () => {
  const peers = new Peers()
  peers.round('b', 5_000, 'x')
  peers.round('c', 5_000, 'x')
  peers.round('a', 4_000, 'w')
  expect(peers.told).toEqual([])
  peers.round('a', 5_000, 'y')
  expect(peers.told).toHaveLength(1)
})

test('of each peer only the newest indexes are kept, in whatever order they come', () => {
  const own: StateHash[] = []
  const told: string[] = []
  const exchange = new HashExchange({
    self: 'id-a',
    voters,
    own: () => own,
    send: () => undefined,
    onOutvoted: (reason) => told.push(reason),
    onDisputed: (reason) => told.push(reason),
    after: () => () => undefined,
  })
  const say = (from: string, index: number, hash: string) => {
    const message = { index: BigInt(index), hash, stateVersion: 1 }
    exchange.received(from, create(StateHashesSchema, { hashes: [message] }))
  }
  for (let round = hashesKept + 1; round >= 1; round -= 1) for (const from of ['id-b', 'id-c']) say(from, round, 'x')
  const ownAt = (index: number): StateHash => ({
    index,
    hash: 'y',
    revision: 0,
    logTimeMs: 0,
    floor: '',
    stateVersion: 1,
  })
  own.push(ownAt(1))
  exchange.round()
  expect(told).toEqual([])
  own.push(ownAt(2))
  exchange.round()
  expect(told).toHaveLength(1)
})

test('who is no voter has no say', () => {
  const peers = new Peers()
  peers.round('a', 1_000, 'x')
  const foreign = create(StateHashesSchema, { hashes: [{ index: 1_000n, hash: 'y' }] })
  peers.exchanges.get('a')!.received('id-z', foreign)
  expect(peers.told).toEqual([])
})
