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

  test('a file that is made grows by what is written behind its end, and parts of it are read', async () => {
    const files = await setUp()
    await files.replace('name', bytes('something else'))
    const file = await files.create('name')
    expect(await files.sizeOf('name')).toBe(0)
    file.write({ position: 0, bytes: bytes('0123') })
    file.write({ position: 4, bytes: bytes('456789') })
    await file.sync()
    await file.close()
    expect(await files.sizeOf('name')).toBe(10)
    expect(textOf(await files.readPart('name', { position: 3, sizeBytes: 4 }))).toBe('3456')
    expect(textOf(await files.readPart('name', { position: 8, sizeBytes: 4 }))).toBe('89')
    const again = await files.open('name')
    again.write({ position: 10, bytes: bytes('ab') })
    await again.close()
    expect(textOf(await files.read('name'))).toBe('0123456789ab')
  })

  test('a file that gets the name of another one takes its place; a removed one is gone, and may be removed again', async () => {
    const files = await setUp()
    await files.replace('old', bytes('old'))
    await files.replace('new', bytes('new'))
    await files.renameFile({ from: 'new', to: 'old' })
    expect(textOf(await files.read('old'))).toBe('new')
    expect(await files.sizeOf('new')).toBeUndefined()
    await files.removeFile('old')
    await files.removeFile('old')
    expect(await files.read('old')).toBeUndefined()
    await expect(files.renameFile({ from: 'old', to: 'new' })).rejects.toThrow()
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
