import { expect, test } from 'vitest'
import { FetchAccount } from './fetch-account.ts'

function account() {
  const seen: string[] = []
  const made = new FetchAccount({
    failover: ({ from, to }) => seen.push(`failover ${from}>${to}`),
    failed: ({ artifact, reason }) => seen.push(`failed ${artifact} ${reason}`),
  })
  const lose = (artifact: string, server: string) => {
    made.attempt(artifact, server)
    made.lost(artifact, server, 'refused')
  }
  const get = (artifact: string, server: string) => {
    made.attempt(artifact, server)
    made.succeeded()
  }
  return { account: made, seen, lose, get, counts: () => [made.fetches, made.failovers, made.failedFetches] }
}

test('two lost peers and a third that serves are two failovers and no failed fetch', () => {
  const { lose, get, seen, counts } = account()
  lose('/script', 'a')
  lose('/script', 'b')
  get('/script', 'c')
  expect(counts()).toEqual([1, 2, 0])
  expect(seen).toEqual(['failover a>b', 'failover b>c'])
})

test('a round in which every peer is lost is one failed fetch', () => {
  const { lose, get, counts } = account()
  for (const server of ['a', 'b', 'c', 'a', 'b', 'c']) lose('/script', server)
  get('/script', 'a')
  expect(counts()).toEqual([1, 4, 2])
})

test('the same server again, because there is no other, is a failed fetch each time', () => {
  const { lose, get, counts } = account()
  lose('/vmlinuz', 'files')
  lose('/vmlinuz', 'files')
  get('/vmlinuz', 'files')
  expect(counts()).toEqual([1, 0, 2])
})

test('behind the first hop: a peer that is lost and another that serves is a failover, the same one lost again is not', () => {
  const { account: made, counts } = account()
  const loseBehind = (server: string) => {
    made.attempt('/boot/ipxe', 'first hop')
    made.lost('/boot/ipxe', server, 'reset')
  }
  loseBehind('a')
  made.attempt('/boot/ipxe', 'first hop')
  made.succeeded()
  expect(counts()).toEqual([1, 1, 0])
  loseBehind('a')
  loseBehind('a')
  made.abandon()
  expect(counts()).toEqual([1, 2, 2])
})

test('turning to something else leaves a failed fetch behind', () => {
  const { lose, get, counts } = account()
  lose('/vmlinuz', 'a')
  get('/initrd', 'b')
  expect(counts()).toEqual([1, 0, 1])
})

test('a wrong answer is a failed fetch, and asking another peer after it is no failover', () => {
  const { account: made, get, counts, seen } = account()
  made.attempt('/user-data', 'a')
  made.wrong('/user-data', 'a', 'status 404')
  get('/user-data', 'b')
  expect(counts()).toEqual([1, 0, 1])
  expect(seen).toEqual(['failed /user-data status 404'])
})

test('what is open at the end of a boot is a failed fetch, unless power went off', () => {
  const { account: made, lose, counts } = account()
  lose('/script', 'a')
  made.forget()
  made.abandon()
  expect(counts()).toEqual([0, 0, 0])
  lose('/script', 'a')
  made.abandon()
  made.abandon()
  expect(counts()).toEqual([0, 0, 1])
})
