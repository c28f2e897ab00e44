import { expect, test } from 'vitest'
import { defaultStampPatterns, stampOf } from './script-stamp.ts'

test.each([
  ['#!ipxe\n# revision 120 attempt att-7\n', '120', 'att-7'],
  ['#!ipxe\n# trivet: attempt=att-7, revision=r1-120\n', 'r1-120', 'att-7'],
  [
    '#!ipxe\n# node n1, attempt 2\n# attempt-id: att-7\n# from: node@12, template t@3 \n',
    'node@12, template t@3',
    'att-7',
  ],
  ['#!ipxe\nset revision 120\nset trivet.attempt att-7\n', '120', 'att-7'],
  ['#!ipxe\necho revision 120\nkernel http://a/ attempt=1\n', null, null],
])('%j', (script, revision, attempt) => {
  expect(stampOf(script, defaultStampPatterns)).toEqual({ revision, attempt })
})
