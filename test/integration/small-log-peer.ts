import { serve } from '../../src/peer/serve.ts'
import { realWorld } from '../../src/peer/world.ts'

/**
 * A peer like any other, whose log is cut when it holds 60 entries, so that others fall behind it after a few writes.
 * The product has no flag for that.
 */
const compactionLimits = { entriesMax: 60, bytesMax: 10_000_000, tail: { entriesMax: 20, bytesMax: 1_000_000 } }

process.env['UV_THREADPOOL_SIZE'] ??= '16'
await serve(process.argv.slice(2), { ...realWorld, compactionLimits })
