import { expect, test } from 'vitest'
import type { Files } from './files.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (content: Uint8Array | undefined) =>
  content === undefined ? undefined : new TextDecoder().decode(content)

/** What every implementation of `Files` promises. `setUp` gives each test a directory of its own. */
export function filesContract(setUp: () => Promise<Files>): void {
  test('a missing file reads as undefined', async () => {
    const files = await setUp()
    expect(await files.read('nothing')).toBeUndefined()
    expect(await files.exists('nothing')).toBe(false)
  })

  test('a replaced file has the new content alone', async () => {
    const files = await setUp()
    await files.replace('name', bytes('a long old content'))
    await files.replace('name', bytes('new'))
    expect(textOf(await files.read('name'))).toBe('new')
    expect(await files.exists('name')).toBe(true)
  })

  test('parts of an open file are overwritten in place', async () => {
    const files = await setUp()
    await files.replace('name', bytes('0123456789'))
    const file = await files.open('name')
    file.write({ position: 2, bytes: bytes('ab') })
    file.write({ position: 8, bytes: bytes('cd') })
    expect(textOf(await files.read('name'))).toBe('01ab4567cd')
    await file.sync()
    await file.close()
    expect(textOf(await files.read('name'))).toBe('01ab4567cd')
  })

  test('a missing file is not opened, and is not made', async () => {
    const files = await setUp()
    await expect(files.open('nothing')).rejects.toThrow()
    expect(await files.exists('nothing')).toBe(false)
  })

  test('a directory takes its content along when it is renamed', async () => {
    const files = await setUp()
    await files.makeDirectory('old/inner')
    await files.replace('old/inner/name', bytes('content'))
    await files.renameDirectory({ from: 'old', to: 'new' })
    expect(textOf(await files.read('new/inner/name'))).toBe('content')
    expect(await files.exists('old')).toBe(false)
    expect(await files.exists('new')).toBe(true)
  })

  test('a directory with content does not lose its name to another one', async () => {
    const files = await setUp()
    await files.makeDirectory('one')
    await files.replace('one/name', bytes('first'))
    await files.makeDirectory('two')
    await files.replace('two/name', bytes('second'))
    await expect(files.renameDirectory({ from: 'two', to: 'one' })).rejects.toThrow()
    expect(textOf(await files.read('one/name'))).toBe('first')
  })

  test('a removed directory is gone with its content, and may be removed again', async () => {
    const files = await setUp()
    await files.makeDirectory('some')
    await files.replace('some/name', bytes('content'))
    await files.removeDirectory('some')
    await files.removeDirectory('some')
    expect(await files.read('some/name')).toBeUndefined()
    expect(await files.exists('some')).toBe(false)
  })
}
