/** What makes one node itself; fixed by the room's seed. */
export interface NodeIdentity {
  /** Suggested, for example `x1000c0s3b0n0`. */
  readonly xname: string
  /** Suggested xname of its BMC. */
  readonly bmc: string
  /** Redfish id of its system. */
  readonly system: string
  /** Of the interface that it boots from; lower case with colons. */
  readonly mac: string
  /** SMBIOS; lower case with dashes. */
  readonly uuid: string
  readonly serial: string
  readonly manufacturer: string
  readonly product: string
  /** Its address on the boot network, from which all its requests come; `undefined` leaves that to the kernel. */
  readonly address: string | undefined
}

/** Where a node stands. Those of the last line need a power cycle to get anywhere else. */
export type NodeState =
  | 'off'
  | 'firmware'
  | 'ipxe'
  | 'kernel'
  | 'configuring'
  | 'phoning_home'
  | 'running'
  | 'boot_failed'
  | 'script_error'
  | 'image_rejected'
  | 'unconfigured'
  | 'phone_home_failed'

/** A script as the node read it last. */
export interface ScriptSeen {
  readonly sha256: string
  /** As the script's text names it; `null` when it names none. */
  readonly revision: string | null
  readonly attempt: string | null
  /** The peer that answered, `host:port`, also behind the first hop. */
  readonly server: string
  readonly url: string
}

/** One line of `GET /nodes`. */
export interface NodeReport {
  readonly xname: string
  readonly bmc: string
  readonly system: string
  readonly mac: string
  readonly uuid: string
  readonly address: string | null
  readonly state: NodeState
  /** Why it is in this state, when it failed. */
  readonly reason: string | null
  readonly fetches: number
  readonly failovers: number
  readonly failedFetches: number
  readonly phoneHomeRetries: number
  readonly bootsCompleted: number
  readonly lastScript: ScriptSeen | null
  /** Of the kernel that it started last. */
  readonly commandLine: string | null
  /** The last lines of its console. */
  readonly console: readonly string[]
}
