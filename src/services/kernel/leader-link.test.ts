import { expect, test, vi } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { ForwardAnswerSchema } from '../../gen/trivet/peer/v1/peer_pb.ts'
import type { ForwardRequest } from '../../gen/trivet/peer/v1/peer_pb.ts'
import { decode, forwardedCallsMax, LeaderLink } from './leader-link.ts'

const request = { method: 'm', requestId: 'r', timeoutMs: 1 }
const never = new AbortController().signal

function link(relay: (to: string, payload: Uint8Array) => boolean = () => true) {
  const sent: { readonly to: string; readonly kind: ReturnType<typeof decode> }[] = []
  const leaderLink = new LeaderLink({
    self: 'a',
    leader: () => 'b',
    relay: (to, payload) => {
      sent.push({ to, kind: decode(payload) })
      return relay(to, payload)
    },
  })
  const requests = () => sent.flatMap(({ kind }) => (kind.case === 'request' ? [kind.value] : []))
  return { leaderLink, sent, requests }
}

const answerTo = ({ call, senderRun }: Pick<ForwardRequest, 'call' | 'senderRun'>) =>
  create(ForwardAnswerSchema, { call, senderRun, outcome: { case: 'notLeader', value: { leaderId: 'c' } } })

test('an answer that is there before the sending is over is taken', async () => {
  const { leaderLink } = link((_to, payload) => {
    const kind = decode(payload)
    if (kind.case === 'request') leaderLink.answered(answerTo(kind.value))
    return true
  })
  expect(await leaderLink.forward('b', request, never)).toMatchObject({ kind: 'answer' })
  expect(leaderLink.waiting).toBe(0)
})

test('what did not leave is known not to have left', async () => {
  const { leaderLink } = link(() => false)
  expect(await leaderLink.forward('b', request, never)).toEqual({ kind: 'not_sent' })
  expect(await leaderLink.forward('b', request, AbortSignal.abort())).toEqual({ kind: 'not_sent' })
  expect(leaderLink.waiting).toBe(0)
})

test('answers to other calls, and to a predecessor with the same numbers, are nobody’s', async () => {
  const { leaderLink, requests } = link()
  const ended = vi.fn()
  void leaderLink.forward('b', request, never).then(ended)
  const [{ call, senderRun } = { call: 0n, senderRun: '' }] = requests()
  leaderLink.answered(answerTo({ call: call + 1n, senderRun }))
  leaderLink.answered(answerTo({ call, senderRun: 'before' }))
  await Promise.resolve()
  expect(ended).not.toHaveBeenCalled()
  leaderLink.answered(answerTo({ call, senderRun }))
  await vi.waitFor(() => expect(ended).toHaveBeenCalledWith(expect.objectContaining({ kind: 'answer' })))
})

test('a call is lost with its leader, and with no other peer', async () => {
  const { leaderLink } = link()
  const lost = leaderLink.forward('b', request, never)
  leaderLink.disconnected('c')
  leaderLink.leaderChanged('b')
  expect(leaderLink.waiting).toBe(1)
  leaderLink.leaderChanged('c')
  expect(await lost).toEqual({ kind: 'lost' })
  const broken = leaderLink.forward('b', request, never)
  leaderLink.disconnected('b')
  expect(await broken).toEqual({ kind: 'lost' })
})

test('every try that is given up is called off at the peer that has it', async () => {
  const { leaderLink, sent, requests } = link()
  const caller = new AbortController()
  const lost = leaderLink.forward('b', request, caller.signal)
  caller.abort()
  expect(await lost).toEqual({ kind: 'lost' })
  const { call, senderRun } = requests()[0]!
  expect(sent.at(-1)).toMatchObject({ to: 'b', kind: { case: 'cancel', value: { call, senderRun } } })
})

test('so many calls wait and no more', () => {
  const { leaderLink } = link()
  for (let call = 0; call < forwardedCallsMax; call += 1) void leaderLink.forward('b', request, never)
  expect(leaderLink.isFull).toBe(true)
  expect(leaderLink.full()).toMatchObject({ code: 'OVERLOADED' })
})
