import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { nodeStateDirectories, statePointerFile } from '../../state/storage/node-state-directories.ts'
import { firstStateName } from '../../state/storage/state-directories.ts'
import { readIfThere, writePrivateFile } from '../private-file.ts'
import { recoveryNames } from './names.ts'

/** What has been made for a data directory. It lies beside it, so that whatever interrupts the rest can be ended. */
interface Order {
  /** Of the plan. */
  readonly digest: string
  /** A state was made, too; without one the log makes it when the peer starts. */
  readonly hasState: boolean
  /** Where what is there goes. */
  readonly before: string
}

const orderFile = 'order.json'

/** The last thing that is written into what is made. */
export async function writeOrder(directory: string, order: Omit<Order, 'before'>): Promise<void> {
  const names = await readdir(directory)
  let number = 1
  while (names.includes(`${recoveryNames.before}.${number}`)) number++
  const before = `${recoveryNames.before}.${number}`
  const file = join(directory, recoveryNames.unfinished, orderFile)
  await writePrivateFile(file, `${JSON.stringify({ ...order, before })}\n`)
}

/** Whether all that the plan with this digest makes for a directory is there, and is not all in place yet. */
export async function isComplete(directory: string, digest: string): Promise<boolean> {
  return (await readOrder(directory, recoveryNames.complete))?.digest === digest
}

/** What was made for the plan with this digest is from now on to be put in place. No error if there is none any more. */
export async function complete(directory: string, digest: string): Promise<void> {
  const order = await readOrder(directory, recoveryNames.unfinished)
  if (order?.digest !== digest) return
  await moveDurably(join(directory, recoveryNames.unfinished), join(directory, recoveryNames.complete))
}

/**
 * Moves away what is there, and what was made to its place. Can be interrupted at any point and is done again; nothing
 * that was there is ever lost by that. Meanwhile no peer starts on this directory.
 */
export async function putInPlace(directory: string, move: Move = moveDurably): Promise<void> {
  const order = await readOrder(directory, recoveryNames.complete)
  if (order === undefined) return
  const made = join(directory, recoveryNames.complete)
  const left = await readdir(made)
  // As long as nothing of what was made is in place, all that is there is of before.
  if (left.includes('raft') && left.includes(firstStateName) === order.hasState) {
    await setAside(directory, order.before, move)
  }
  for (const name of [firstStateName, 'raft']) {
    if (left.includes(name)) await move(join(made, name), join(directory, name))
  }
  const done = join(directory, recoveryNames.unfinished)
  await rm(done, { recursive: true, force: true })
  await move(made, done)
  await rm(done, { recursive: true, force: true })
}

/** The log, the states, the pointer to the one that counts, and the mark that it does not: they belong together. */
async function setAside(directory: string, before: string, move: Move): Promise<void> {
  const target = join(directory, before)
  await mkdir(target, { recursive: true, mode: 0o700 })
  const there = await readdir(directory)
  const states = await nodeStateDirectories(directory).names()
  for (const name of ['damaged', ...states, statePointerFile, 'raft']) {
    if (there.includes(name)) await move(join(directory, name), join(target, name))
  }
}

async function readOrder(directory: string, name: string): Promise<Order | undefined> {
  const text = await readIfThere(join(directory, name, orderFile))
  return text === undefined ? undefined : (JSON.parse(text) as Order)
}

/** Durable once it has resolved. */
type Move = (from: string, to: string) => Promise<void>

async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  for (const directory of new Set([dirname(from), dirname(to)])) {
    await using handle = await open(directory, 'r')
    await handle.sync()
  }
}
