/** Words of a line as a shell splits it, as far as examples need it: blanks, and single or double quotes. */
export function shellWords(line: string): string[] {
  const words: string[] = []
  for (const [, single, double, plain] of line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)) {
    words.push(single ?? double ?? plain!)
  }
  return words
}
