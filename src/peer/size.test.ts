import { expect, test } from 'vitest'
import { formatSize, parseSize } from './size.ts'

test.each([
  ['0B', 0],
  ['512MiB', 512 * 1024 ** 2],
  [' 16GiB ', 16 * 1024 ** 3],
  ['1TiB', 1024 ** 4],
])('%s is so many bytes', (text, sizeBytes) => {
  expect(parseSize(text)).toBe(sizeBytes)
})

test.each(['', '5', '5MB', '-1B', '1.5GiB', '5 MiB', '9999999B'])('%j is no size', (text) => {
  expect(parseSize(text)).toBeUndefined()
})

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [16 * 1024 ** 3, '16 GiB'],
  [5 * 1024 ** 5, '5120 TiB'],
])('%d bytes read as %s', (sizeBytes, text) => {
  expect(formatSize(sizeBytes)).toBe(text)
})
