import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CredentialRowSchema } from '../gen/trivet/rows/v1/inventory_pb.ts'
import { Sealer } from '../services/kernel/seal.ts'
import type { Reader } from '../state/read.ts'
import { makeSealKey, readSealKey, requireKeyOfState } from './seal-key-file.ts'

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-key-'))
  file = join(directory, 'seal.key')
})
afterEach(() => rm(directory, { recursive: true }))

const key = Buffer.alloc(32, 7)
const write = (text: string, mode = 0o600) => writeFile(file, text, { mode })

test('a key that was made is read back, by its owner only, and is never made again', async () => {
  await makeSealKey(file)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const text = await readFile(file, 'utf8')
  const { keyId } = await readSealKey(file)
  await makeSealKey(file)
  expect(await readFile(file, 'utf8')).toBe(text)
  expect((await readSealKey(file)).keyId).toBe(keyId)
})

test.for([key.toString('base64'), key.toString('base64').replace('=', ''), `  ${key.toString('base64')}\r\n`])(
  'a key as openssl, or a person, writes it: %j',
  async (text) => {
    await write(text)
    expect((await readSealKey(file)).keyId).toBe(new Sealer(key).keyId)
  },
)

test.for([
  '',
  'no key',
  key.subarray(1).toString('base64'),
  Buffer.alloc(33).toString('base64'),
  key.toString('hex'),
  `${key.toString('base64').slice(0, -2)}!=`,
  `${key.toString('base64')}\n${key.toString('base64')}`,
  'x'.repeat(10_000),
])('a file that holds no key is refused by name (%#)', async (text) => {
  await write(text)
  await expect(readSealKey(file)).rejects.toThrow(`sealing key file ${file}: not the base64 text of 32 bytes`)
})

test('a key that others may read is none, and nothing is read of it', async () => {
  await write(key.toString('base64'))
  await chmod(file, 0o640)
  await expect(readSealKey(file)).rejects.toThrow(`sealing key file ${file}: others may read it (mode 640)`)
})

test('a key that is missing, or a directory, is an error of the catalogue', async () => {
  await expect(readSealKey(file)).rejects.toMatchObject({
    code: 'SEAL_KEY_INVALID',
    params: { reason: 'there is no such file' },
  })
  await expect(readSealKey(directory)).rejects.toMatchObject({ code: 'SEAL_KEY_INVALID' })
})

test('a key with which the passwords in the state were not sealed is refused, and both are named', () => {
  const own = new Sealer(key)
  const sealedWith = (...keyIds: string[]): Reader => {
    const values = keyIds.map((keyId) => create(CredentialRowSchema, { password: { keyId } }))
    return { all: () => values.map((value) => ({ value })) } as unknown as Reader
  }
  expect(() => requireKeyOfState(file, own, sealedWith())).not.toThrow()
  expect(() => requireKeyOfState(file, own, sealedWith(own.keyId))).not.toThrow()
  expect(() => requireKeyOfState(file, own, sealedWith(own.keyId, 'lost'))).toThrow(
    `${file}: this is key ${own.keyId}; the passwords here were sealed with key lost`,
  )
})
