import { afterAll, afterEach, beforeAll } from 'vitest'
import type { SiteOptions } from './site.ts'
import { Site } from './site.ts'

/**
 * A site for the tests of one block: made before them, ended behind them, its logs and data kept when one of them
 * failed. Gives what is only there while they run.
 */
export function useSite(
  options: SiteOptions & { readonly start?: boolean },
  furnish: (site: Site) => Promise<void> = async () => undefined,
): () => Site {
  let site: Site | undefined
  let keep = true
  beforeAll(async () => {
    site = await Site.make(options)
    await furnish(site)
    keep = false
  })
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') keep = true
  })
  afterAll(async () => site?.stop({ keep }))
  return () => {
    if (site === undefined) throw new Error('the site is not there yet')
    return site
  }
}
