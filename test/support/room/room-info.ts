/** Where everything in a room is; printed when it is ready, and answered by `GET /info`. */
export interface RoomInfo {
  /** URL of the control server. */
  readonly control: string
  /** `host:port` of the first hop. */
  readonly forwarder: string
  /** What DHCP tells the nodes to boot. */
  readonly bootUrl: string
  /** URL of the file server. */
  readonly files: string
  readonly images: readonly { readonly name: string; readonly kernel: FileInfo; readonly initrd: FileInfo }[]
  readonly bmcs: readonly BmcInfo[]
}

export interface FileInfo {
  readonly url: string
  readonly sha256: string
  readonly sizeBytes: number
}

export interface BmcInfo {
  /** A suggestion: nothing in the room depends on it. */
  readonly xname: string
  readonly profile: string
  /** `host:port` of its HTTPS. */
  readonly address: string
  readonly username: string
  readonly password: string
  /** Base64 of the SHA-256 of its public key. */
  readonly spkiSha256: string
  readonly nodes: readonly {
    readonly xname: string
    /** Redfish id of its system. */
    readonly system: string
    readonly mac: string
    readonly uuid: string
    readonly serial: string
    readonly address: string | null
  }[]
}
