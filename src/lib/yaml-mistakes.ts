import type { YAMLError } from 'yaml'

type Code = YAMLError['code']

/** What is wrong with a YAML text, and where. */
export interface YamlMistake {
  readonly code: Code
  /** Where it was noticed, in UTF-16 code units from the start; a `LineCounter` makes a place of it. */
  readonly offset: number
  /** On one line: what is wrong, and what to write instead. Never the parser's own words, which change with it. */
  readonly reason: string
}

/**
 * The mistakes of a parsed document, in the order in which the parser found them: its errors, then its warnings, with
 * which other parsers end, such as unknown tags.
 */
export function yamlMistakes(document: {
  readonly errors: readonly YAMLError[]
  readonly warnings: readonly YAMLError[]
}): readonly YamlMistake[] {
  return [...document.errors, ...document.warnings].map(({ code, pos: [offset], message }) => ({
    code,
    offset: Math.max(offset, 0),
    reason: closer.find((each) => each.code === code && each.when.test(message))?.reason ?? reasons[code],
  }))
}

const reasons: Readonly<Record<Code, string>> = {
  ALIAS_PROPS: 'an alias (*name) stands alone; leave out the tag or anchor before it',
  BAD_ALIAS: 'the name behind & or * is missing or ends in a colon; quote the value if & or * belongs to it',
  BAD_COLLECTION_TYPE: 'this tag does not fit what it stands before; leave it out',
  BAD_DIRECTIVE: 'a line that begins with % is a directive of YAML, and this one is none; quote it if it is a value',
  BAD_DQ_ESCAPE: 'double quotes know no such escape; double the backslash, or use single quotes',
  BAD_INDENT:
    'this line is not indented like those above it; the keys of a map, and the entries of a list, begin in one column',
  BAD_PROP_ORDER: 'a tag or an anchor stands before the - or ? of its entry; write it behind',
  BAD_SCALAR_START: 'no value begins with this character; put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a second "key: value" begins inside a value; quote the value, or indent the next line like this key',
  BLOCK_IN_FLOW: 'a comma is missing between two entries in brackets, or a list or map within them has no brackets',
  DUPLICATE_KEY: 'this key stands there twice; keep one',
  IMPOSSIBLE: 'this is not YAML',
  KEY_OVER_1024_CHARS: 'a key has more than 1024 characters before its colon; a quote may be missing above',
  MISSING_CHAR: 'a character is missing here: a colon, a comma, a quote or a blank',
  MULTILINE_IMPLICIT_KEY: 'a key needs its colon, and a blank behind that, on the same line: "key: value"',
  MULTIPLE_ANCHORS: 'two anchors (&name) stand before one value; keep one',
  MULTIPLE_DOCS: 'a second document begins here; one is taken',
  MULTIPLE_TAGS: 'two tags (!name) stand before one value; keep one',
  NON_STRING_KEY: 'a key has to be a text; put it in quotes',
  RESOURCE_EXHAUSTION: 'lists and maps stand in one another deeper than can be read',
  TAB_AS_INDENT: 'a tab cannot indent YAML; use spaces',
  TAG_RESOLVE_FAILED: 'this tag is not known; leave it out, or quote the value if the ! belongs to it',
  UNEXPECTED_TOKEN:
    'this cannot stand here; a quote, a comma or a bracket may be missing, or the line be indented wrongly',
}

/** Where one code of the parser covers mistakes that a person would not call the same. */
const closer: readonly { readonly code: Code; readonly when: RegExp; readonly reason: string }[] = [
  { code: 'BAD_INDENT', when: /must .*end with/, reason: 'a bracket is not closed before this line; close it' },
  { code: 'MISSING_CHAR', when: /must end with/, reason: 'a bracket is not closed; close it' },
  { code: 'MISSING_CHAR', when: /closing .*quote/, reason: 'a quote was opened above and is never closed; close it' },
  {
    code: 'MISSING_CHAR',
    when: /followed by map values/,
    reason: 'a key needs a colon and a blank behind it: "key: value"',
  },
  {
    code: 'MISSING_CHAR',
    when: /without - indicator/,
    reason: 'this line is an entry of a list without its dash, or indented too little',
  },
  {
    code: 'MISSING_CHAR',
    when: /^Comments/,
    reason: 'a comment needs a blank before its #; quote the value if # belongs to it',
  },
  { code: 'MISSING_CHAR', when: /space after :/, reason: 'a blank is missing behind the colon' },
  { code: 'MISSING_CHAR', when: /^Missing ,/, reason: 'a comma is missing between two entries' },
  { code: 'UNEXPECTED_TOKEN', when: /^Unexpected ,/, reason: 'there is a comma too many' },
  {
    code: 'UNEXPECTED_TOKEN',
    when: /^Unexpected (?:empty item|flow-(?:seq|map)-end)/,
    reason: 'an entry is missing here, or a bracket closes that none opened',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    when: /block-seq-ind on same line/,
    reason: 'a list in lines begins on the line below its key; quote the value if the dash belongs to it',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    when: /node end|scalar token/,
    reason: 'the value before this has ended already; quote it as a whole, or correct the indentation',
  },
  { code: 'UNEXPECTED_TOKEN', when: /^Block scalar header/, reason: 'the text of | or > begins on the next line' },
]
