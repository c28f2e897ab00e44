import { describe, expect, test } from 'vitest'
import { Progress } from './progress.ts'

function progress(next = 5): Progress {
  return new Progress({ next, learner: false, limits: { maxMessages: 2, maxBytes: 100 } })
}

describe('probing', () => {
  test('one message with entries goes out, and then nothing until an answer', () => {
    const peer = progress()
    peer.sentEntries({ count: 3, bytes: 30 })
    expect(peer.paused).toBe(true)
    expect(peer.next).toBe(5)
    peer.resume()
    expect(peer.paused).toBe(false)
  })

  test('an empty message does not pause', () => {
    const peer = progress()
    peer.sentEntries({ count: 0, bytes: 0 })
    expect(peer.paused).toBe(false)
  })

  test('the refusal of the last message counts, that of any other is late', () => {
    const peer = progress(9)
    expect(peer.reject({ rejected: 5, hint: 2 })).toBe(false)
    expect(peer.reject({ rejected: 8, hint: 3 })).toBe(true)
    expect(peer.next).toBe(4)
    expect(peer.reject({ rejected: 3, hint: 9 })).toBe(true)
    expect(peer.next).toBe(3)
  })

  test('a refusal never leads behind what is known to agree', () => {
    const peer = progress(9)
    peer.acknowledge(6)
    expect(peer.reject({ rejected: 8, hint: 1 })).toBe(true)
    expect(peer.next).toBe(7)
  })
})

describe('replicating', () => {
  test('messages follow each other until the window is full', () => {
    const peer = progress()
    peer.acknowledge(4)
    peer.becomeReplicate()
    peer.sentEntries({ count: 2, bytes: 10 })
    expect([peer.next, peer.paused]).toEqual([7, false])
    peer.sentEntries({ count: 1, bytes: 10 })
    expect([peer.next, peer.paused]).toEqual([8, true])
    expect(peer.inflights.count).toBe(2)
  })

  test('a refusal leads back to what is known to agree; one of something acknowledged is late', () => {
    const peer = progress()
    peer.acknowledge(4)
    peer.becomeReplicate()
    peer.sentEntries({ count: 4, bytes: 10 })
    expect(peer.reject({ rejected: 4, hint: 0 })).toBe(false)
    expect(peer.reject({ rejected: 8, hint: 0 })).toBe(true)
    expect(peer.next).toBe(5)
  })

  test('an acknowledgement is news once', () => {
    const peer = progress()
    expect(peer.acknowledge(7)).toBe(true)
    expect([peer.match, peer.next]).toEqual([7, 8])
    expect(peer.acknowledge(7)).toBe(false)
    expect(peer.acknowledge(3)).toBe(false)
  })
})

describe('waiting for a snapshot', () => {
  test('nothing is sent, whatever the peer answers, and the window is empty', () => {
    const peer = progress()
    peer.acknowledge(4)
    peer.becomeReplicate()
    peer.sentEntries({ count: 1, bytes: 10 })
    peer.becomeSnapshot(9)
    expect([peer.next, peer.pendingSnapshot, peer.inflights.count, peer.paused]).toEqual([10, 9, 0, true])
    peer.resume()
    expect(peer.paused).toBe(true)
    expect(() => peer.sentEntries({ count: 1, bytes: 1 })).toThrow('nothing is sent while a snapshot')
  })

  test('probing begins behind what is known, be it the snapshot or an acknowledgement', () => {
    const delivered = progress()
    delivered.becomeSnapshot(9)
    delivered.becomeProbe()
    expect([delivered.next, delivered.pendingSnapshot]).toEqual([10, 0])
    const ahead = progress()
    ahead.becomeSnapshot(9)
    ahead.acknowledge(12)
    ahead.becomeProbe()
    expect(ahead.next).toBe(13)
  })

  test('a commit index goes with the snapshot', () => {
    const peer = progress()
    peer.becomeSnapshot(9)
    expect(peer.canBumpCommit(9)).toBe(false)
  })
})

test('a commit index is sent on its own only if the peer would learn something that is not on its way', () => {
  const peer = progress()
  expect(peer.canBumpCommit(3)).toBe(true)
  peer.sentCommit(3)
  expect(peer.canBumpCommit(3)).toBe(false)
  expect(peer.canBumpCommit(4)).toBe(true)
  peer.sentCommit(4)
  // The peer will know all that it will have.
  expect(peer.canBumpCommit(9)).toBe(false)
  peer.acknowledge(2)
  peer.becomeProbe()
  expect(peer.next).toBe(3)
  expect(peer.canBumpCommit(9)).toBe(false)
})

test('after a refusal the commit index that went with what was lost is sent again', () => {
  const peer = progress()
  peer.acknowledge(4)
  peer.becomeReplicate()
  peer.sentEntries({ count: 4, bytes: 10 })
  peer.sentCommit(8)
  expect(peer.canBumpCommit(8)).toBe(false)
  peer.reject({ rejected: 8, hint: 4 })
  peer.acknowledge(6)
  expect(peer.canBumpCommit(8)).toBe(true)
})
