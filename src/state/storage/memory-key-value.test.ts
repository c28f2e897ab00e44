import { keyValueContract } from './key-value.contract.ts'
import { MemoryKeyValue } from './memory-key-value.ts'

keyValueContract('a store in memory', () => Promise.resolve(new MemoryKeyValue()))
