import { expect, test } from 'vitest'
import { lockDifference } from './lock-difference.ts'

const locked = {
  packages: {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/a-win32': { version: '1.0.0', integrity: 'sha512-w' },
  },
}

test('what is installed as it is locked differs in nothing, though packages of other platforms are not there', () => {
  expect(lockDifference(locked, { packages: { 'node_modules/a': locked.packages['node_modules/a'] } })).toEqual([])
})

test('another version, other bytes and a package that nobody locked are named', () => {
  const installed = { packages: { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } } }
  expect(lockDifference(locked, installed)).toEqual(['node_modules/a: 1.0.1 is installed, 1.0.0 is locked'])
  const changed = { packages: { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } } }
  expect(lockDifference(locked, changed)).toEqual(['node_modules/a: what is installed is not what is locked'])
  const stranger = { packages: { 'node_modules/b': { version: '1.0.0', integrity: 'sha512-b' } } }
  expect(lockDifference(locked, stranger)).toEqual(['node_modules/b is installed and not locked'])
})
