import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

/** Preloaded with `--import`: writes the URL of every module that is loaded into the file that MODULES_FILE names. */
const loaded: string[] = []
registerHooks({
  load: (url, context, nextLoad) => {
    loaded.push(url)
    return nextLoad(url, context)
  },
})
process.on('exit', () => writeFileSync(process.env['MODULES_FILE']!, loaded.join('\n')))
