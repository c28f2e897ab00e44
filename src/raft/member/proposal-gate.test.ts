import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProposalGate, ProposalNumberError } from './proposal-gate.ts'

const proposal = (term: number, number: number, previous: number) => ({
  term,
  number,
  previous,
  data: new Uint8Array(),
})

test('proposals of the term that is led are appended one behind the other (log.md, rule 6)', () => {
  const gate = new ProposalGate()
  expect(gate.admit(proposal(3, 5, 0), 3)).toBeUndefined()
  expect(gate.admit(proposal(3, 6, 5), 3)).toBeUndefined()
  expect(gate.admit(proposal(3, 9, 6), 3)).toBeUndefined()
})

test('a proposal of another term than the one that is led is refused, whichever is newer', () => {
  const gate = new ProposalGate()
  expect(gate.admit(proposal(3, 1, 0), undefined)).toBe('term')
  expect(gate.admit(proposal(3, 2, 0), 4)).toBe('term')
  expect(gate.admit(proposal(4, 1, 0), 4)).toBeUndefined()
  expect(gate.admit(proposal(3, 3, 0), 4)).toBe('term')
  expect(gate.admit(proposal(5, 1, 0), 4)).toBe('term')
})

test('everything behind a refused proposal is refused, until one stands on the last appended one (rule 7)', () => {
  const gate = new ProposalGate()
  expect(gate.admit(proposal(3, 1, 0), 3)).toBeUndefined()
  const full = proposal(3, 2, 1)
  expect(gate.admit(full, 3)).toBeUndefined()
  gate.retract(full)
  expect(gate.admit(proposal(3, 3, 2), 3)).toBe('gap')
  expect(gate.admit(proposal(3, 4, 3), 3)).toBe('gap')
  expect(gate.admit(proposal(3, 5, 1), 3)).toBeUndefined()
  expect(gate.admit(proposal(3, 6, 5), 3)).toBeUndefined()
})

test('a number that is used again is a defect, also after a refusal', () => {
  const gate = new ProposalGate()
  expect(gate.admit(proposal(3, 2, 9), 3)).toBe('gap')
  expect(() => gate.admit(proposal(3, 2, 0), 3)).toThrow(ProposalNumberError)
})

test('each term numbers anew', () => {
  const gate = new ProposalGate()
  expect(gate.admit(proposal(3, 7, 0), 3)).toBeUndefined()
  expect(gate.admit(proposal(4, 1, 7), 4)).toBe('gap')
  expect(gate.admit(proposal(4, 2, 0), 4)).toBeUndefined()
})

test('what was appended in a term is always a chain, whatever is refused on the way', () => {
  const step = fc.record({ skips: fc.boolean(), isFull: fc.boolean(), behind: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const gate = new ProposalGate()
      const appended: { number: number; previous: number }[] = []
      let proposed = 0
      for (const [at, { skips, isFull, behind }] of steps.entries()) {
        // Main either goes on behind its last proposal or, after a refusal, behind the last appended one.
        const previous = behind ? (appended.at(-1)?.number ?? 0) : proposed
        const next = proposal(1, at * 2 + (skips ? 2 : 1), previous)
        proposed = next.number
        if (gate.admit(next, 1) !== undefined) continue
        if (isFull) gate.retract(next)
        else appended.push(next)
      }
      for (const [at, { previous }] of appended.entries()) expect(previous).toBe(appended[at - 1]?.number ?? 0)
    }),
  )
})
