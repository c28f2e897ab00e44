import { describe, expect, test } from 'vitest'
import { drain, entry, message, solo } from './testing/solo.ts'
import { localAppend, type Message, type RawNode } from './types.ts'

/** What peer 1 is given by a leader of this term. */
function append(core: RawNode, from: string, term: number, entries: readonly ReturnType<typeof entry>[]): void {
  const index = entries[0]!.index - 1
  core.step(message({ type: 'append', from, to: '1', term, index, logTerm: 1, entries }))
}

function write(core: RawNode): Message {
  const found = drain(core).filter((wanted) => wanted.to === localAppend)
  expect(found).toHaveLength(1)
  return found[0]!
}

/** The message that says how far the log is on the disk. */
function stable(from: Message): Message {
  const found = from.responses.find((response) => response.type === 'storage_append_response')
  expect(found).toBeDefined()
  return found!
}

function leaving(from: Message): readonly string[] {
  return from.responses.filter((response) => response.to !== '1').map(({ type, to, index }) => `${type} ${to} ${index}`)
}

describe('a disk that writes one thing after another', () => {
  test('the end of a write of an older term is not believed: its entry was overwritten, and is there again', () => {
    const { core, log } = solo()
    const commit = () => core.step(message({ type: 'heartbeat', from: '2', to: '1', term: 4, commit: 2 }))
    append(core, '2', 2, [entry(2, 2, 'a')])
    const first = write(core)
    append(core, '3', 3, [entry(2, 3, 'b')])
    const second = write(core)
    append(core, '2', 4, [entry(2, 2, 'a')])
    const third = write(core)
    expect([first, second, third].map((wanted) => wanted.entries.map(({ term }) => term))).toEqual([[2], [3], [2]])

    log.append(first.entries)
    core.step(stable(first))
    commit()
    // Were the first write believed, entry 2 would be read from the disk from now on, which is about to hold b.
    expect(drain(core).filter((wanted) => wanted.type === 'storage_apply')).toEqual([])
    log.append(second.entries)
    core.step(stable(second))
    expect(drain(core)).toEqual([])
    log.append(third.entries)
    core.step(stable(third))
    const [apply] = drain(core)
    expect(apply?.entries).toEqual([entry(2, 2, 'a')])
  })

  test('each entry is acknowledged with its own write', () => {
    const { core } = solo()
    append(core, '2', 2, [entry(2, 2)])
    const first = write(core)
    core.step(message({ type: 'append', from: '2', to: '1', term: 2, index: 2, logTerm: 2, entries: [entry(3, 2)] }))
    const second = write(core)
    expect(leaving(first)).toEqual(['append_response 2 2'])
    expect(leaving(second)).toEqual(['append_response 2 3'])
  })

  test('an entry is written once, although its write has not ended', () => {
    const { core } = solo()
    append(core, '2', 2, [entry(2, 2)])
    expect(write(core).entries).toHaveLength(1)
    append(core, '2', 2, [entry(2, 2)])
    expect(write(core).entries).toEqual([])
  })

  test('a vote is news for the disk, also when the term is not', () => {
    const { core } = solo({ term: 2 })
    core.step(message({ type: 'vote', from: '2', to: '1', term: 2, index: 1, logTerm: 1 }))
    const ready = core.ready()
    expect(ready.hardState).toEqual({ term: 2, vote: '2', commit: 1 })
    expect(ready.mustSync).toBe(true)
    const [wanted] = ready.messages
    expect(wanted).toMatchObject({ type: 'storage_append', term: 2, vote: '2', commit: 1 })
    expect(leaving(wanted!)).toEqual(['vote_response 2 0'])
  })

  test('a commit index alone is written without a sync, and a write without hard state has none', () => {
    const { core } = solo({ terms: [1, 1], commit: 1, applied: 1 })
    core.step(message({ type: 'heartbeat', from: '2', to: '1', term: 1, commit: 2 }))
    const ready = core.ready()
    expect(ready.mustSync).toBe(false)
    expect(ready.hardState).toEqual({ term: 1, vote: '', commit: 2 })
    core.step(message({ type: 'pre_vote', from: '2', to: '1', term: 1, index: 0, logTerm: 0 }))
    expect(write(core)).toMatchObject({ term: 0, vote: '', commit: 0, entries: [] })
  })

  test('what the core handed out does not change when it goes on', () => {
    const { core } = solo()
    append(core, '2', 2, [entry(2, 2, 'a')])
    const ready = core.ready()
    const before = structuredClone(ready)
    append(core, '3', 3, [entry(2, 3, 'b')])
    drain(core)
    expect(ready).toEqual(before)
  })
})
