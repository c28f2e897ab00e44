import { expect, test } from 'vitest'
import type { SnapshotFolder } from './snapshot-folder.ts'

/** The folder that a contract works on, and a look at what is in it: the content of a snapshot, undefined without one. */
export interface SnapshotPlace {
  readonly folder: SnapshotFolder
  readonly contentOf: (id: string) => Promise<Uint8Array | undefined>
}

const bytes = (text: string) => new TextEncoder().encode(text)

/** What every implementation of `SnapshotFolder` promises. `setUp` gives each test a place of its own. */
export function snapshotFolderContract(setUp: () => Promise<SnapshotPlace>): void {
  async function write({ folder }: SnapshotPlace, id: string, ...parts: readonly string[]): Promise<void> {
    const file = await folder.create(id)
    for (const part of parts) await file.append(bytes(part))
    await file.sync()
    await file.close()
  }

  async function textOf({ contentOf }: SnapshotPlace, id: string): Promise<string | undefined> {
    const content = await contentOf(id)
    return content && new TextDecoder().decode(content)
  }

  test('a snapshot holds what was appended, in order, and its name says where it is read', async () => {
    const place = await setUp()
    await write(place, 's1', 'one ', '', 'two ', 'three')
    expect(await textOf(place, 's1')).toBe('one two three')
  })

  test('what is appended is there before the file is synced or closed', async () => {
    const place = await setUp()
    const file = await place.folder.create('s1')
    expect(await textOf(place, 's1')).toBe('')
    await file.append(bytes('one'))
    expect(await textOf(place, 's1')).toBe('one')
    await file.close()
  })

  test('an array that was appended may be used for something else', async () => {
    const place = await setUp()
    const file = await place.folder.create('s1')
    const part = bytes('one')
    await file.append(part)
    part.fill(0)
    await file.sync()
    await file.close()
    expect(await textOf(place, 's1')).toBe('one')
  })

  test('two snapshots are written side by side', async () => {
    const place = await setUp()
    const [one, other] = [await place.folder.create('s1'), await place.folder.create('s2')]
    await one.append(bytes('a'))
    await other.append(bytes('x'))
    await one.append(bytes('b'))
    await one.close()
    await other.close()
    expect([await textOf(place, 's1'), await textOf(place, 's2')]).toEqual(['ab', 'x'])
  })

  test('one that is there is not made a second time', async () => {
    const place = await setUp()
    await write(place, 's1', 'first')
    await expect(place.folder.create('s1')).rejects.toThrow()
    expect(await textOf(place, 's1')).toBe('first')
  })

  test('one is removed, and again when it is gone, and the others stay', async () => {
    const place = await setUp()
    await place.folder.remove('s1')
    await write(place, 's1', 'first')
    await write(place, 's2', 'second')
    await place.folder.remove('s1')
    await place.folder.remove('s1')
    expect(await textOf(place, 's1')).toBeUndefined()
    expect(await textOf(place, 's2')).toBe('second')
    await write(place, 's1', 'another')
    expect(await textOf(place, 's1')).toBe('another')
  })

  test('all go at once, and again when nothing is there, and new ones are made', async () => {
    const place = await setUp()
    await place.folder.clear()
    await write(place, 's1', 'first')
    await write(place, 's2', 'second')
    await place.folder.clear()
    await place.folder.clear()
    expect([await textOf(place, 's1'), await textOf(place, 's2')]).toEqual([undefined, undefined])
    await write(place, 's1', 'another')
    expect(await textOf(place, 's1')).toBe('another')
  })
}
