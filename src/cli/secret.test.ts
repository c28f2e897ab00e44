import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSecret } from './secret.ts'
import { field } from './testing/tables.ts'
import { Terminal, type TerminalOptions } from './testing/terminal.ts'
import { TextSource } from './text-source.ts'

const password = field({ path: 'password', source: 'secret', required: true })
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivet-secret-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function readFrom(file: string | undefined, options: TerminalOptions = {}) {
  const surroundings = new Terminal(options)
  const source = new TextSource(surroundings.stdin, 'credential set')
  return { surroundings, secret: readSecret(password, file, { source, surroundings, command: 'credential set' }) }
}

function fileWith(text: string): string {
  const file = join(folder, 'password')
  writeFileSync(file, text)
  return file
}

test('one line end of a file does not belong to the secret, blanks do', async () => {
  await expect(readFrom(fileWith(' pass word \r\n')).secret).resolves.toBe(' pass word ')
  await expect(readFrom('-', { input: 'initial0\n' }).secret).resolves.toBe('initial0')
})

test('a file that is empty or has several lines is refused without showing any of it', async () => {
  await expect(readFrom(fileWith('\n')).secret).rejects.toThrow(/it is empty/)
  await expect(readFrom(fileWith('one\ntwo\n')).secret).rejects.toThrow(
    /password is not valid: it has more than one line$/,
  )
})

test('without a file and without a terminal nothing is guessed', async () => {
  await expect(readFrom(undefined, { input: 'initial0\n' }).secret).rejects.toThrow(/--password-file/)
})

test('a terminal is asked twice, and shows nothing of what is typed', async () => {
  const { surroundings, secret } = readFrom(undefined, { isTTY: true, input: 'initial0\rinitial0\r' })
  await expect(secret).resolves.toBe('initial0')
  expect(surroundings.stderr.text).toBe('password: \npassword, again: \n')
  expect(surroundings.stdout.text).toBe('')
  expect(surroundings.rawModes).toEqual([true, false, true, false])
})

test('keys that correct a line work though it is not shown', async () => {
  const typed = 'wrong\u0015initiax\u007fl0\ninitial0\n'
  await expect(readFrom(undefined, { isTTY: true, input: typed }).secret).resolves.toBe('initial0')
})

test('two different passwords change nothing', async () => {
  await expect(readFrom(undefined, { isTTY: true, input: 'a\nb\n' }).secret).rejects.toThrow(/differ/)
})

test('Ctrl-C leaves, and the terminal shows again what is typed', async () => {
  const { surroundings, secret } = readFrom(undefined, { isTTY: true, input: 'init\u0003' })
  await expect(secret).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(surroundings.rawModes.at(-1)).toBe(false)
})
