import { describe, expect, test } from 'vitest'
import { commandLineBytesMax, parseBootParameters } from './kernel-command-line.ts'

const hrefs = (urls: readonly URL[] | undefined) => urls?.map((url) => url.href)

test('a peer list in the order in which it was rendered, each peer with its phone-home', () => {
  const parameters = parseBootParameters(
    'console=ttyS0 trivet.seed=http://127.0.0.2:7402/seed/n1/,http://127.0.0.1:7402/seed/n1/ trivet.attempt=att-1 quiet',
  )
  expect(hrefs(parameters?.seeds)).toEqual(['http://127.0.0.2:7402/seed/n1/', 'http://127.0.0.1:7402/seed/n1/'])
  expect(hrefs(parameters?.phoneHome)).toEqual([
    'http://127.0.0.2:7402/seed/n1/phone-home',
    'http://127.0.0.1:7402/seed/n1/phone-home',
  ])
  expect(parameters?.attempt).toBe('att-1')
})

test('phone-home addresses of their own win', () => {
  const parameters = parseBootParameters('trivet.seed=http://a/s/ trivet.phone_home=http://b/done,http://c/done')
  expect(hrefs(parameters?.phoneHome)).toEqual(['http://b/done', 'http://c/done'])
})

test('the seed of a stock cloud-init, and an attempt in its query', () => {
  const parameters = parseBootParameters('ds=nocloud-net;h=n1;s=http://a/s/?attempt=att-2')
  expect(hrefs(parameters?.phoneHome)).toEqual(['http://a/s/phone-home?attempt=att-2'])
  expect(parameters?.attempt).toBe('att-2')
})

test('ds=nocloud beside a peer list says that the seed is on disk, and changes nothing', () => {
  expect(hrefs(parseBootParameters('ds=nocloud trivet.seed=http://a/s/')?.seeds)).toEqual(['http://a/s/'])
})

test('no seed at all is no error of the command line', () => {
  expect(parseBootParameters('root=live:http://a/x quiet ds=none')).toBeUndefined()
})

describe('refused', () => {
  test.each([
    ['trivet.seed=http://a/s', /does not end in a slash/],
    ['trivet.seed=https://a/s/', /no http URL/],
    ['trivet.seed=http://a/s/,', /"" is no http URL/],
    ['trivet.seed=http://a/s/ trivet.phone_home=x', /"x" is no http URL/],
    [`a=${'b'.repeat(commandLineBytesMax)}`, /cut it at 2048/],
  ])('%s', (commandLine, message) => {
    expect(() => parseBootParameters(commandLine)).toThrow(message)
  })
})
