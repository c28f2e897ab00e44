import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineCounter, parseDocument } from 'yaml'
import { yamlMistakes } from './yaml-mistakes.ts'

/** Place and reason of each mistake in a text. */
function mistakesOf(text: string): readonly string[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  return yamlMistakes(document).map(({ offset, reason }) => {
    const { line, col } = lines.linePos(offset)
    return `${line}:${col}: ${reason}`
  })
}

const secondKey = 'a second "key: value" begins inside a value; quote the value, or indent the next line like this key'
const hasEnded = 'the value before this has ended already; quote it as a whole, or correct the indentation'
const noColon = 'a key needs its colon, and a blank behind that, on the same line: "key: value"'

test.for([
  ['a: "b\n', '2:1: a quote was opened above and is never closed; close it'],
  ["a: 'b\n", '2:1: a quote was opened above and is never closed; close it'],
  ['a: [1, 2\nb: 3\n', '2:1: a bracket is not closed before this line; close it'],
  ['[{"a": 1}', '1:10: a bracket is not closed; close it'],
  ['a: b: c\n', `1:4: ${secondKey}`],
  ['a: b\n  c: d\n', `1:4: ${secondKey}`],
  [' - a\n- b\n', `2:1: ${hasEnded}`],
  ['a: "x" y\n', `1:8: ${hasEnded}`],
  ['"a" b: c\n', `1:5: ${hasEnded}`],
  ["- 'it's'\n", `1:7: ${hasEnded}`],
  ['a: @x\n', '1:4: no value begins with this character; put the value in quotes'],
  ['a: %x\n', '1:4: no value begins with this character; put the value in quotes'],
  ['x: "C:\\dir"\n', '1:7: double quotes know no such escape; double the backslash, or use single quotes'],
  ['a:\n\t- b\n', '2:1: a tab cannot indent YAML; use spaces'],
  ['a: |x\n  y\n', '1:5: the text of | or > begins on the next line'],
  ['xname x1\naddress: y\n', `1:1: ${noColon}`],
  ['- a: b\n c: d\n', '2:1: this line is an entry of a list without its dash, or indented too little'],
  [
    'a: |\n    x\n  y\n',
    '3:1: this line is not indented like those above it; the keys of a map, and the entries of a list, begin in one column',
  ],
  ['a: - b\n', '1:4: a list in lines begins on the line below its key; quote the value if the dash belongs to it'],
  ['a: ]\n', '1:4: an entry is missing here, or a bracket closes that none opened'],
  ['{"a": [1, 2,, 3]}', '1:13: there is a comma too many'],
  [
    '{"a": 1 "b": 2}',
    '1:7: a comma is missing between two entries in brackets, or a list or map within them has no brackets',
  ],
  ['a: "x"# c\n', '1:7: a comment needs a blank before its #; quote the value if # belongs to it'],
  ['a: 1\na: 2\n', '2:1: this key stands there twice; keep one'],
  ['a: 1\n---\nb: 2\n', '2:1: a second document begins here; one is taken'],
  ['a: !secret b\n', '1:4: this tag is not known; leave it out, or quote the value if the ! belongs to it'],
  ['a: &\n', '1:4: the name behind & or * is missing or ends in a colon; quote the value if & or * belongs to it'],
  ['&a &b c\n', '1:4: two anchors (&name) stand before one value; keep one'],
  [
    `${'x'.repeat(1_100)}: a\n`,
    '1:1: a key has more than 1024 characters before its colon; a quote may be missing above',
  ],
])('%j: %s', ([text, mistake]) => {
  expect(mistakesOf(text!)[0]).toBe(mistake)
})

test('whatever a text is, its mistakes are told on one line, and not in the words of the parser', () => {
  const piece = fc.constantFrom(...'ab:-{}[]&*!|>#%@`"\'\\\n\t ,?0~.'.split(''), ': ', '- ', '  ', '---\n', '\n%', '? ')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const document = parseDocument(pieces.join(''), { prettyErrors: false })
      const said = [...document.errors, ...document.warnings].map(({ message }) => message.toLowerCase())
      for (const { reason, offset } of yamlMistakes(document)) {
        expect(reason).toMatch(/^\S[^\n]*[^\n.]$/)
        expect(said.some((message) => reason.toLowerCase().includes(message))).toBe(false)
        expect(offset).toBeGreaterThanOrEqual(0)
      }
    }),
    { numRuns: 5_000 },
  )
})

test('a text that is deeper than the stack is refused like any other', () => {
  const [mistake] = mistakesOf('['.repeat(100_000))
  expect(mistake).toMatch(/^1:\d+: /)
})
