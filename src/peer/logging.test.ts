import { expect, test } from 'vitest'
import { makeLogger } from './logging.ts'
import { memberLog } from './member-log.ts'

function setUp(level: 'info' | 'debug' = 'info') {
  const lines: Record<string, unknown>[] = []
  const context = { peer: 'a', term: 1, index: 1 }
  const logger = makeLogger({
    level,
    context: () => context,
    destination: { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  })
  return { logger, lines, context }
}

test('each line is one JSON object with peer, term and index as they are now', () => {
  const { logger, lines, context } = setUp()
  logger.info({ requestId: 'r1' }, 'a call was refused')
  context.term = 2
  context.index = 70
  logger.error('damaged')
  expect(lines).toMatchObject([
    { level: 'info', peer: 'a', term: 1, index: 1, requestId: 'r1', message: 'a call was refused' },
    { level: 'error', peer: 'a', term: 2, index: 70, message: 'damaged' },
  ])
  expect(lines[0]!['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  expect(lines[0]).not.toHaveProperty('pid')
})

test('levels below the chosen one are left out', () => {
  const { logger, lines } = setUp()
  logger.debug('detail')
  expect(lines).toEqual([])
})

test('errors are written with their stack, under either name', () => {
  const { logger, lines } = setUp()
  logger.error({ err: new TypeError('a mistake') }, 'x')
  logger.error({ error: new TypeError('another') }, 'x')
  expect(lines).toMatchObject([
    { err: { type: 'TypeError', message: 'a mistake', stack: expect.stringContaining('logging.test') } },
    { error: { type: 'TypeError', message: 'another' } },
  ])
})

test('what looks like a secret is not written', () => {
  const { logger, lines } = setUp()
  logger.info({ password: 'calvin', credential: { username: 'root', password: 'calvin' } }, 'x')
  expect(JSON.stringify(lines)).not.toContain('calvin')
  expect(lines[0]).toMatchObject({ credential: { username: 'root' } })
})

test('what the member says of another peer does not take the place of our own name', () => {
  const { logger, lines } = setUp()
  const cluster = { self: { id: 'p1', name: 'a' }, peers: [{ id: 'p2', name: 'b', address: '' }] }
  const log = memberLog(logger, cluster)
  log({ level: 'warn', message: 'a peer cannot be reached', fields: { peer: 'p2', reason: 'refused' } })
  log({ level: 'info', message: 'made', fields: { peer: 'p1' } })
  log({ level: 'info', message: 'other', fields: { term: 9 } })
  expect(lines).toMatchObject([
    { level: 'warn', peer: 'a', otherPeer: 'b', otherPeerId: 'p2', reason: 'refused' },
    { peer: 'a', message: 'made' },
    { peer: 'a', term: 9 },
  ])
  expect(lines[1]).not.toHaveProperty('otherPeer')
})
