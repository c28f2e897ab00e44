/** What the initramfs takes from the kernel's command line. */
export interface BootParameters {
  /** Base URLs of the seed, one a peer, in the order in which they are tried. Each path ends in a slash. */
  readonly seeds: readonly URL[]
  /** Where to report the end of the boot, in the order in which they are tried. */
  readonly phoneHome: readonly URL[]
  /** Identity of this boot, reported with it. */
  readonly attempt: string | undefined
}

/** x86 kernels cut their command line there (COMMAND_LINE_SIZE). */
export const commandLineBytesMax = 2_048

/**
 * Reads `trivet.seed=URL,URL`, `trivet.phone_home=URL,URL` and `trivet.attempt=ID`. Without the first, the one URL of
 * `ds=nocloud;s=URL` (or `nocloud-net`) is the seed, as for a stock cloud-init; without the second, each seed has its
 * `phone-home`; without the third, a seed's query may say `attempt=ID`.
 * Answers `undefined` when there is no seed at all. Throws an Error that says what is malformed.
 */
export function parseBootParameters(commandLine: string): BootParameters | undefined {
  if (Buffer.byteLength(commandLine) >= commandLineBytesMax) {
    throw new Error(`the command line has ${Buffer.byteLength(commandLine)} bytes; kernels cut it at 2048`)
  }
  const parameters = new Map<string, string>()
  for (const word of commandLine.split(/\s+/)) {
    const equals = word.indexOf('=')
    if (equals > 0) parameters.set(word.slice(0, equals), word.slice(equals + 1))
  }
  const seedText = parameters.get('trivet.seed') ?? seedOfDataSource(parameters.get('ds'))
  if (seedText === undefined) return undefined
  const seeds = seedText.split(',').map(parseUrl)
  for (const seed of seeds) {
    if (!seed.pathname.endsWith('/')) throw new Error(`the path of the seed ${seed.href} does not end in a slash`)
  }
  const phoneHome = parameters.get('trivet.phone_home')
  return {
    seeds,
    phoneHome: phoneHome?.split(',').map(parseUrl) ?? seeds.map((seed) => documentUrl(seed, 'phone-home')),
    attempt: parameters.get('trivet.attempt') ?? seeds[0]!.searchParams.get('attempt') ?? undefined,
  }
}

/** The URL of one document under a seed; a query of the seed stays. */
export function documentUrl(seed: URL, document: string): URL {
  const url = new URL(document, seed)
  url.search = seed.search
  return url
}

function seedOfDataSource(ds: string | undefined): string | undefined {
  const [name, ...fields] = (ds ?? '').split(';')
  if (name !== 'nocloud' && name !== 'nocloud-net') return undefined
  return fields.find((field) => field.startsWith('s='))?.slice(2)
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || url.protocol !== 'http:') throw new Error(`"${text}" is no http URL`)
  return url
}
