/** One fenced block of shell commands that CI runs literally. */
export interface CommandBlock {
  /** Line of its first command, counted from 1. */
  readonly line: number
  readonly commands: string
  /** For a program that does not end by itself: what it prints when it is ready. It runs until the last block is done. */
  readonly readyText?: string
}

const marker = /^<!-- ci(?:: background until "(?<readyText>[^"]+)")? -->$/

/**
 * The blocks of a Markdown text that are marked for CI: a fence of `sh` with `<!-- ci -->`, or
 * `<!-- ci: background until "text" -->`, on the line before, or before one empty line. A marker that no block follows,
 * and a fence that never closes, are errors: else a documented command could silently go untested.
 */
export function commandBlocks(markdown: string): CommandBlock[] {
  const lines = markdown.split('\n')
  const blocks: CommandBlock[] = []
  for (const [at, line] of lines.entries()) {
    if (!line.trim().startsWith('<!-- ci')) continue
    const match = marker.exec(line.trim())
    if (match === null) throw new Error(`line ${at + 1}: unknown marker ${line.trim()}`)
    const open = lines[at + 1]?.trim() === '' ? at + 2 : at + 1
    const indent = /^(?<indent> *)```sh$/.exec(lines[open] ?? '')?.groups?.['indent']
    if (indent === undefined) throw new Error(`line ${at + 1}: no \`\`\`sh block follows the marker`)
    const close = lines.findIndex((text, index) => index > open && text.trim() === '```')
    if (close < 0) throw new Error(`line ${open + 1}: the block is not closed`)
    const commands = lines
      .slice(open + 1, close)
      .map((text) => (text.startsWith(indent) ? text.slice(indent.length) : text))
    const readyText = match.groups?.['readyText']
    blocks.push({ line: open + 2, commands: commands.join('\n'), ...(readyText === undefined ? {} : { readyText }) })
  }
  return blocks
}
