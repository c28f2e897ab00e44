import { expect, test } from 'vitest'
import { damagedStateName, firstStateName, type StateDirectories } from './state-directories.ts'

/** The directories that a contract works on. */
export interface StatePlace {
  readonly states: StateDirectories
  /** Puts something into the pointer's place that nobody meant to stand there. */
  readonly scribble: (content: string) => Promise<void>
}

const newer = `${firstStateName}.0123456789abcdef`
const newest = `${firstStateName}.fedcba9876543210`

/** What every implementation of `StateDirectories` promises. `setUp` gives each test a place of its own. */
export function stateDirectoriesContract(setUp: () => Promise<StatePlace>): void {
  test('the first one counts until another one is pointed at, whether it is there or not', async () => {
    const { states } = await setUp()
    expect(await states.current()).toBe(firstStateName)
    await make(states, firstStateName, 'first')
    await make(states, newer, 'second')
    expect(await states.current()).toBe(firstStateName)
    await states.point(newer)
    expect(await states.current()).toBe(newer)
  })

  test('the pointer moves from one to the next and back, and what it points at stays as it was', async () => {
    const { states } = await setUp()
    await make(states, firstStateName, 'first')
    await make(states, newer, 'second')
    await make(states, newest, 'third')
    for (const name of [newer, newest, newest, firstStateName, newer]) {
      await states.point(name)
      expect(await states.current()).toBe(name)
    }
    expect(await marksOf(states, firstStateName, newer, newest)).toEqual(['first', 'second', 'third'])
  })

  test('whoever looks while the pointer moves sees the one of before or the new one', async () => {
    const { states } = await setUp()
    const names = [firstStateName, newer]
    for (const name of names) await make(states, name, name)
    await states.point(firstStateName)
    for (let turn = 1; turn <= 10; turn++) {
      const target = names[turn % 2]!
      const move = { isOver: false }
      const moved = states.point(target).finally(() => (move.isOver = true))
      while (!move.isOver) expect(names).toContain(await states.current())
      await moved
      expect(await states.current()).toBe(target)
    }
  })

  test('what is not there is not pointed at, and the pointer stays where it was', async () => {
    const { states } = await setUp()
    await make(states, firstStateName, 'first')
    await expect(states.point(newer)).rejects.toThrow()
    expect(await states.current()).toBe(firstStateName)
    await make(states, newer, 'second')
    await states.point(newer)
    await expect(states.point(newest)).rejects.toThrow()
    expect(await states.current()).toBe(newer)
    expect(await states.names()).not.toContain(newest)
  })

  test.each([
    '',
    '\n',
    'state.',
    'state.0123456789abcde',
    'state.0123456789abcdef0',
    `../${firstStateName}`,
    damagedStateName,
    '\0\0\0\0',
  ])('a pointer that is not what was written says nothing: %j', async (content) => {
    const { states, scribble } = await setUp()
    await make(states, firstStateName, 'first')
    await scribble(content)
    expect(await states.current()).toBeUndefined()
    // It is written anew.
    await states.point(firstStateName)
    expect(await states.current()).toBe(firstStateName)
  })

  test('a state that is not there is not made by opening it', async () => {
    const { states } = await setUp()
    await expect(states.open(newer, { create: false })).rejects.toThrow()
    await expect(states.open(newer, { create: false })).rejects.toThrow()
  })

  test('a state is opened by one at a time, and again with what was written', async () => {
    const { states } = await setUp()
    const keyValue = await states.open(newer, { create: true })
    await expect(states.open(newer, { create: false })).rejects.toThrow()
    await keyValue.batch([{ key: 'who', value: Buffer.from('second') }], { sync: true })
    await keyValue.close()
    expect(await markOf(states, newer)).toBe('second')
  })

  test('one that may be made is opened where it is there already', async () => {
    const { states } = await setUp()
    await make(states, newer, 'second')
    const keyValue = await states.open(newer, { create: true })
    expect(Buffer.from((await keyValue.get('who'))!).toString()).toBe('second')
    await keyValue.close()
  })

  test('a state is removed once, and again when it is gone; nothing else is touched', async () => {
    const { states } = await setUp()
    await make(states, firstStateName, 'first')
    await make(states, newer, 'second')
    await states.remove(newer)
    await states.remove(newer)
    expect(await states.names()).toEqual([firstStateName])
    expect(await markOf(states, firstStateName)).toBe('first')
  })

  test('a removed one is made anew, with nothing of before', async () => {
    const { states } = await setUp()
    await make(states, newer, 'second')
    await states.remove(newer)
    const keyValue = await states.open(newer, { create: true })
    expect(await keyValue.range({ from: '', to: 'z', limit: 10 })).toEqual([])
    await keyValue.close()
  })

  test('the names are those of all states, whichever counts, but for the one that is kept aside', async () => {
    const { states } = await setUp()
    expect(await states.names()).toEqual([])
    await make(states, firstStateName, 'first')
    await states.setAside(firstStateName)
    await make(states, firstStateName, 'third')
    await make(states, newer, 'second')
    await states.point(newer)
    expect((await states.names()).toSorted()).toEqual([firstStateName, newer])
  })

  test('a state that cannot be believed is kept aside, and the first one counts again, of which nothing is left', async () => {
    const { states } = await setUp()
    await make(states, firstStateName, 'first')
    await make(states, newer, 'second')
    await states.point(newer)
    await states.setAside(newer)
    expect(await states.current()).toBe(firstStateName)
    expect(await states.names()).toEqual([])
    expect(await markOf(states, damagedStateName)).toBe('second')
    // One is kept, the last one.
    await make(states, firstStateName, 'third')
    await states.setAside(firstStateName)
    expect(await markOf(states, damagedStateName)).toBe('third')
  })

  test('setting aside is done again where it was interrupted, and where all is gone', async () => {
    const { states, scribble } = await setUp()
    await states.setAside(firstStateName)
    expect(await states.current()).toBe(firstStateName)
    await make(states, firstStateName, 'first')
    // Interrupted behind the renaming: the pointer leads to nothing.
    await scribble(`${newer}\n`)
    await states.setAside(newer)
    expect(await states.current()).toBe(firstStateName)
    expect(await states.names()).toEqual([])
  })
}

/** Makes a state that can be told from others. */
async function make(states: StateDirectories, name: string, mark: string): Promise<void> {
  const keyValue = await states.open(name, { create: true })
  await keyValue.batch([{ key: 'who', value: Buffer.from(mark) }], { sync: true })
  await keyValue.close()
}

async function markOf(states: StateDirectories, name: string): Promise<string> {
  const keyValue = await states.open(name, { create: false })
  const mark = await keyValue.get('who')
  await keyValue.close()
  return Buffer.from(mark!).toString()
}

async function marksOf(states: StateDirectories, ...names: readonly string[]): Promise<readonly string[]> {
  const marks: string[] = []
  for (const name of names) marks.push(await markOf(states, name))
  return marks
}
