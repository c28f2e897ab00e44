import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { lockDifference, type LockFile } from './lock-difference.ts'

/** Fails unless `npm install` installed what the committed lock file says. */
const locked = JSON.parse(execFileSync('git', ['show', 'HEAD:package-lock.json'], { encoding: 'utf8' })) as LockFile
const installed = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')) as LockFile
const differences = lockDifference(locked, installed)
for (const difference of differences) process.stderr.write(`${difference}\n`)
process.exitCode = differences.length === 0 ? 0 : 1
