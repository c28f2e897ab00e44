import { describe, expect, test } from 'vitest'
import { parseCommandLine } from './command-line.ts'
import { defaultRoomOptions } from './options.ts'

const parse = (line: string) => parseCommandLine(line.split(' ').filter((word) => word !== ''))

test('without flags it is the default room, in which one BMC refuses twice', () => {
  const { options, json } = parse('')
  expect(json).toBe(false)
  expect(options).toEqual({
    ...defaultRoomOptions,
    faults: [{ bmc: 'x1000c0s2b0', times: 2, action: { kind: 'refuse_reset' } }],
  })
})

test('flags change what they name', () => {
  const { options } = parse(
    '--nodes 64 --profile cray --cray-nodes-per-bmc 2 --speed 2.5 --power-delay-ms 10-20 --control 127.0.0.2:7000 ' +
      '--targets 127.0.0.1:1,127.0.0.1:2 --images a,b --boot-url http://{forwarder}/x --refuse-twice 0 --attempt-pattern a=(.*)',
  )
  expect(options).toMatchObject({
    nodes: 64,
    profile: 'cray',
    crayNodesPerBmc: 2,
    speed: 2.5,
    powerDelayMs: { min: 10, max: 20 },
    host: '127.0.0.2',
    controlPort: 7_000,
    targets: ['127.0.0.1:1', '127.0.0.1:2'],
    images: ['a', 'b'],
    bootUrl: 'http://{forwarder}/x',
    faults: [],
    stampPatterns: { ...defaultRoomOptions.stampPatterns, attempt: [/a=(.*)/m] },
  })
})

test('--with-failure makes the last BMC deaf', () => {
  expect(parse('--nodes 4 --refuse-twice 0 --with-failure').options.faults).toEqual([
    { bmc: 'x1000c0s3b0', action: { kind: 'never_obey' } },
  ])
})

describe('refused', () => {
  test.each([
    ['--nodes many', /"many" is no number/],
    ['--nodes 0', /nodes is from 1 to 4096/],
    ['--profile dell', /"dell" is none of ilo, cray, mixed/],
    ['--power-delay-ms 5', /"5" is no range/],
    ['--power-delay-ms 5-4', /powerDelayMs is from 0 up/],
    ['--control 10.0.0.1:1', /no loopback address/],
    ['--bmc-prefix 10.0', /start with 127/],
    ['--cray-nodes-per-bmc 3', /"3" is none of 1, 2/],
    ['--revision-pattern (', /Invalid regular expression/],
    ['--gpu', /gpu/],
  ])('%s', (line, message) => {
    expect(() => parse(line)).toThrow(message)
  })
})
