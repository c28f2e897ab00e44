import { expect, test } from 'vitest'
import type { ArrivedFile } from './arrived-file.ts'

/** The file that a contract works on, and a way to let a snapshot arrive there. */
export interface ArrivedPlace {
  readonly file: ArrivedFile
  readonly arrive: (content: Uint8Array) => Promise<void>
}

const bytes = (text: string) => new TextEncoder().encode(text)

/** What every implementation of `ArrivedFile` promises. `setUp` gives each test a place of its own. */
export function arrivedFileContract(setUp: () => Promise<ArrivedPlace>): void {
  async function read({ file }: ArrivedPlace, position: number, sizeBytes: number): Promise<string> {
    const opened = await file.open()
    const part = await opened!.readAt(position, sizeBytes)
    await opened!.close()
    return new TextDecoder().decode(part)
  }

  test('where nothing has arrived nothing is opened, and there is nothing to remove', async () => {
    const { file } = await setUp()
    expect(await file.open()).toBeUndefined()
    await file.remove()
    expect(await file.open()).toBeUndefined()
    expect(file.name).not.toBe('')
  })

  test('any part of it is read, in any order, as often as somebody likes', async () => {
    const place = await setUp()
    await place.arrive(bytes('0123456789'))
    expect(await read(place, 4, 3)).toBe('456')
    expect(await read(place, 0, 10)).toBe('0123456789')
    const opened = await place.file.open()
    const parts = [await opened!.readAt(8, 2), await opened!.readAt(0, 2), await opened!.readAt(8, 2)]
    expect(parts.map((part) => new TextDecoder().decode(part))).toEqual(['89', '01', '89'])
    await opened!.close()
  })

  test('at its end there is less than was asked for, and behind it nothing', async () => {
    const place = await setUp()
    await place.arrive(bytes('0123456789'))
    expect(await read(place, 8, 10)).toBe('89')
    expect(await read(place, 10, 10)).toBe('')
    expect(await read(place, 100, 10)).toBe('')
  })

  test('an empty one has arrived all the same', async () => {
    const place = await setUp()
    await place.arrive(new Uint8Array())
    expect(await read(place, 0, 10)).toBe('')
  })

  test('what is read belongs to whoever reads it', async () => {
    const place = await setUp()
    await place.arrive(bytes('0123456789'))
    const opened = await place.file.open()
    const part = await opened!.readAt(0, 10)
    part.fill(0)
    expect(new TextDecoder().decode(await opened!.readAt(0, 10))).toBe('0123456789')
    await opened!.close()
  })

  test('one that is removed is gone for whoever opens it, and is read to its end by who has it open', async () => {
    const place = await setUp()
    await place.arrive(bytes('0123456789'))
    const opened = await place.file.open()
    await place.file.remove()
    await place.file.remove()
    expect(await place.file.open()).toBeUndefined()
    expect(new TextDecoder().decode(await opened!.readAt(5, 10))).toBe('56789')
    await opened!.close()
  })

  test('another one arrives after it', async () => {
    const place = await setUp()
    await place.arrive(bytes('first'))
    await place.file.remove()
    await place.arrive(bytes('second'))
    expect(await read(place, 0, 10)).toBe('second')
  })
}
