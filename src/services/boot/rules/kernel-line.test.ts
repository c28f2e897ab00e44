import fc from 'fast-check'
import { expect, test } from 'vitest'
import { refusalOf } from '../../testing/request.ts'
import { parametersSizeBytesMax, requireArtifactUrl, requireParameters } from './kernel-line.ts'

test.each([
  ['files.example/vmlinuz', 0, 'it needs a scheme, http:// or https://'],
  ['ftp://files.example/vmlinuz', 0, 'it needs a scheme'],
  ['http://files.example/vm linuz', 23, 'without blanks'],
  ['http://files.example/vm\nlinuz', 23, 'without blanks'],
  ['http://files.example/vmlinüz', 26, 'printable ASCII'],
  ['http://files.example/${net0/mac}', 21, 'iPXE would expand'],
  ['http://files.example/"a"', 21, 'for a quotation'],
  ['http://files.example/a%zz', 22, 'hexadecimal digits'],
  ['http://files.example/a%4', 22, 'hexadecimal digits'],
  ['http:///vmlinuz', 7, 'a host is missing'],
  ['https://?a', 8, 'a host is missing'],
  ['http://', 7, 'a host is missing'],
  ['http://files.example:99999/a', 0, 'it is not a URL'],
])('the URL %j is refused at offset %i: %s', (url, offset, reason) => {
  const error = refusalOf(() => requireArtifactUrl('kernel', url))
  expect(error.code).toBe('URL_INVALID')
  expect(error.params).toMatchObject({ field: 'kernel', offset })
  expect(error.message).toContain(reason)
  expect(error.violations[0]!.field).toBe('kernel')
})

test.each(['http://10.1.0.1:8080/a/b?c=d&e=%20f#g', 'HTTPS://files.example/a', 'http://[fd00::1]/a', 'http://u@h/a'])(
  'the URL %s is taken',
  (url) => {
    requireArtifactUrl('initrd', url)
  },
)

test.each([
  ['console=ttyS0\nroot=live', 13, 'a line break'],
  ['a\tb', 1, 'printable ASCII'],
  ['a=ü', 2, 'printable ASCII'],
  ['a ${mac}', 2, 'iPXE would expand'],
  ['a || b', 2, 'for its own'],
  ['&& b', 0, 'for its own'],
  ['a ;', 2, 'for its own'],
  ['quiet #debug', 6, 'for its own'],
  ['#', 0, 'for its own'],
])('the parameters %j are refused at offset %i: %s', (text, offset, reason) => {
  const error = refusalOf(() => requireParameters(text))
  expect(error.code).toBe('PARAMETERS_INVALID')
  expect(error.params).toMatchObject({ offset })
  expect(error.message).toContain(reason)
})

test('what only looks like an operator is taken, and as much as there is room for', () => {
  requireParameters('a=1;2 b=x||y c=#d root=live:http://h/a?b&&c quiet')
  requireParameters('a'.repeat(parametersSizeBytesMax))
  expect(refusalOf(() => requireParameters('a'.repeat(parametersSizeBytesMax + 1))).params).toMatchObject({
    offset: parametersSizeBytesMax,
  })
})

test('whatever is refused says where, and whatever is taken is one line of printable words', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...' ab#;|&${}\n\té"='.split('')), maxLength: 30 }), (text) => {
      try {
        requireParameters(text)
      } catch {
        const { params, code } = refusalOf(() => requireParameters(text))
        expect(code).toBe('PARAMETERS_INVALID')
        expect(Number(params['offset'])).toBeLessThan(text.length)
        return
      }
      expect(text).toMatch(/^[ -~]*$/)
      for (const word of text.split(' ')) expect(['||', '&&', ';']).not.toContain(word)
    }),
  )
})
