import { expect, test } from 'vitest'
import type { ListenAddress } from './listen-address.ts'
import type { OneListener } from './node-listener.ts'
import { NodeListener } from './node-listener.ts'

const address = { host: '127.0.0.1', port: 7402 }

/** A listener whose tries end as they are told. */
function setUp() {
  const tries: (PromiseWithResolvers<ListenAddress> & { closed: number })[] = []
  const failures: string[] = []
  const seen: string[] = []
  const pauses: (() => void)[] = []
  const nodes = new NodeListener({
    make: (): OneListener => {
      const made = { ...Promise.withResolvers<ListenAddress>(), closed: 0 }
      tries.push(made)
      return {
        listen: () => made.promise,
        close: () => {
          made.closed += 1
          return Promise.resolve()
        },
      }
    },
    address,
    changed: () => seen.push(nodes.missing),
    failed: (reason) => failures.push(reason),
    pause: (_ms, signal) =>
      new Promise((resolve) => {
        pauses.push(resolve)
        signal.addEventListener('abort', () => resolve())
      }),
  })
  return { nodes, tries, failures, seen, pauses }
}

const turn = () => new Promise(setImmediate)

test('it is closed until it opens, and then says where it listens', async () => {
  const { nodes, tries, seen } = setUp()
  expect([nodes.bound, nodes.missing]).toEqual([undefined, 'it does not listen for nodes yet'])
  const opening = nodes.open()
  tries[0]!.resolve({ ...address, port: 9 })
  await opening
  expect([nodes.bound, nodes.missing]).toEqual([{ ...address, port: 9 }, ''])
  expect(await nodes.opened).toEqual({ ...address, port: 9 })
  expect(seen).toEqual([''])
})

test('it opens once, however often it is told', async () => {
  const { nodes, tries } = setUp()
  const opening = Promise.all([nodes.open(), nodes.open()])
  tries[0]!.resolve(address)
  await opening
  await nodes.open()
  expect(tries).toHaveLength(1)
})

test('an address that is taken is tried again with a new listener; each reason is told once', async () => {
  const { nodes, tries, failures, pauses } = setUp()
  const opening = nodes.open()
  const taken = 'another program listens there'
  const forbidden = 'this user may not listen on that port'
  for (const [code, reason] of [
    ['EADDRINUSE', taken],
    ['EADDRINUSE', taken],
    ['EACCES', forbidden],
  ] as const) {
    tries.at(-1)!.reject(new Error(`listen ${code}: 127.0.0.1:7402`))
    await turn()
    expect(nodes.missing).toBe(`it cannot listen on 127.0.0.1:7402: ${reason}`)
    pauses.at(-1)!()
    await turn()
  }
  tries.at(-1)!.resolve(address)
  await opening
  expect(failures).toEqual([taken, forbidden])
  expect(tries.map(({ closed }) => closed)).toEqual([1, 1, 1, 0])
  expect(nodes.missing).toBe('')
})

test('closed for good: nothing opens it again', async () => {
  const { nodes, tries, seen } = setUp()
  const opening = nodes.open()
  tries[0]!.resolve(address)
  await opening
  await nodes.close()
  await nodes.open()
  expect(tries.map(({ closed }) => closed)).toEqual([1])
  expect([nodes.bound, nodes.missing]).toEqual([undefined, 'its listener for nodes is closed'])
  expect(seen).toEqual(['', 'its listener for nodes is closed'])
})

test('one that was never opened never will be', async () => {
  const { nodes, tries } = setUp()
  await nodes.close()
  await nodes.open()
  expect(tries).toEqual([])
  expect(await nodes.opened).toBeUndefined()
})

test('closed in the middle of opening, it ends up closed', async () => {
  const { nodes, tries } = setUp()
  void nodes.open()
  const closing = nodes.close()
  tries[0]!.resolve(address)
  await closing
  expect(tries[0]!.closed).toBe(1)
  expect(nodes.bound).toBeUndefined()
  expect(await nodes.opened).toBeUndefined()
})

test('closed between two tries, it makes no other one', async () => {
  const { nodes, tries } = setUp()
  void nodes.open()
  tries[0]!.reject(new Error('EADDRINUSE'))
  await turn()
  await nodes.close()
  expect(tries).toHaveLength(1)
})
