/**
 * The settings of `trivet serve`, declared once: flags, environment, file keys and help follow from this list.
 * Flags win over the environment (`TRIVET_DATA_DIR`), which wins over the file (`data-dir:`), which wins over defaults.
 */
export interface SettingDeclaration {
  /** In the flag's form, `data-dir`. */
  readonly name: string
  readonly placeholder: string
  readonly help: string
  /** Several values, separated by commas. */
  readonly list?: boolean
  /** Shown in help; absent where there is none. */
  readonly standard?: string
}

export const settings = [
  {
    name: 'config',
    placeholder: 'FILE',
    help: 'YAML file with any of these settings, under the same names',
  },
  {
    name: 'data-dir',
    placeholder: 'DIR',
    standard: './trivet-data',
    help: 'where this peer keeps log, state and identity; $STATE_DIRECTORY under systemd',
  },
  {
    name: 'name',
    placeholder: 'NAME',
    help: 'name of this peer; with --initial-peers one of theirs, found by --peer-listen if left out',
  },
  {
    name: 'api-listen',
    placeholder: 'HOST:PORT',
    standard: '127.0.0.1:7400',
    help: 'gRPC API, loopback only; port 0 takes any free one',
  },
  {
    name: 'peer-listen',
    placeholder: 'HOST:PORT',
    standard: '127.0.0.1:7401',
    help: 'the other peers, loopback only; with --initial-peers and --name the address of that peer there',
  },
  {
    name: 'node-listen',
    placeholder: 'HOST:PORT',
    standard: '127.0.0.1:7402',
    help: 'HTTP for nodes: iPXE scripts, cloud-init documents, phone-home',
  },
  {
    name: 'admin-listen',
    placeholder: 'HOST:PORT',
    standard: '127.0.0.1:7403',
    help: 'HTTP for operators: /livez, /readyz, /metrics; loopback only',
  },
  {
    name: 'node-url',
    placeholder: 'URL',
    help: 'base URL under which nodes reach --node-listen; rendered into every script; http://<node-listen> if left out',
  },
  {
    name: 'initial-peers',
    placeholder: 'NAME=HOST:PORT,…',
    list: true,
    help: 'all peers of a new quorum, the same list on each; left out, this peer stands alone',
  },
  {
    name: 'cluster-token',
    placeholder: 'TOKEN',
    help: 'keeps quorums with the same addresses apart; the same on each peer',
  },
  {
    name: 'seal-key-file',
    placeholder: 'FILE',
    help: 'the key that seals BMC passwords; needed with --initial-peers, made by a peer that stands alone',
  },
  {
    name: 'bmc-networks',
    placeholder: 'CIDR,…',
    list: true,
    help: 'networks in which BMCs may be; left out, all but loopback and link-local',
  },
  {
    name: 'storage-quota',
    placeholder: 'SIZE',
    standard: '16GiB',
    help: 'size of the data directory above which only reads and deletions are taken',
  },
  {
    name: 'storage-reserve',
    placeholder: 'SIZE',
    standard: '256MiB',
    help: 'free space on its disk below which only reads and deletions are taken',
  },
  {
    name: 'log-level',
    placeholder: 'LEVEL',
    standard: 'info',
    help: 'error, warn, info or debug; JSON lines on stderr',
  },
] as const satisfies readonly SettingDeclaration[]

/** The name of a setting. */
export type SettingName = (typeof settings)[number]['name']

/** What was given for a setting, with where it came from, for error messages. */
export interface GivenSetting {
  readonly value: string
  readonly origin: string
}

/** What was given; what was not has its default. */
export type GivenSettings = ReadonlyMap<SettingName, GivenSetting>
