/**
 * What a BMC says about itself and its systems, after it was judged: strings are stripped of control characters and
 * capped, MACs are normalised, and whatever was missing, null or of the wrong type is `undefined`.
 * Plain data: it can cross threads and be compared.
 */
export interface Exploration {
  readonly service: ServiceFacts
  /** Every manager of the BMC, by resource id. */
  readonly managers: readonly ManagerFacts[]
  /** The manager that answers for the BMC itself: its firmware, its MAC. One of `managers`. */
  readonly bmc: ManagerFacts | undefined
  /** Every system, by resource id; nodes are those with a `nodeOrdinal`, the others are accessories. */
  readonly systems: readonly SystemFacts[]
  /** Base64 of the SHA-256 of the certificate's public key (SPKI), as seen on this connection. */
  readonly spkiSha256: string | undefined
  /** What could not be read and was left out: the exploration is good without it, but not whole. */
  readonly gaps: readonly WalkGap[]
  /** GETs that this exploration took, redirects and repetitions included. */
  readonly requests: number
}

/** The service root. Many BMCs name neither vendor nor product. */
export interface ServiceFacts {
  readonly redfishVersion: string | undefined
  readonly vendor: string | undefined
  readonly product: string | undefined
  readonly uuid: string | undefined
}

export interface ManagerFacts {
  /** Resource path without trailing slash, for example `/redfish/v1/Managers/BMC`. */
  readonly path: string
  readonly id: string
  readonly managerType: string | undefined
  readonly model: string | undefined
  readonly firmwareVersion: string | undefined
  readonly uuid: string | undefined
  /** Resource paths of the systems that it says it manages. */
  readonly manages: readonly string[]
  /** The MAC of its own network port, as far as its interfaces tell; never that of its link to the host. */
  readonly mac: string | undefined
  /** Its own network interfaces; read for `Exploration.bmc` only. */
  readonly interfaces: readonly InterfaceFacts[]
}

export interface SystemFacts {
  /** Resource path without trailing slash. With the BMC's identity it is the stable key of the system. */
  readonly path: string
  /** Resource id: the `Id` property, else the last part of the path. */
  readonly id: string
  /**
   * The number in `n<k>` of the node's xname; `undefined` for a system that is no node because it has no Reset
   * action (HGX baseboards). A trailing number in the resource id wins over the rank among the nodes.
   */
  readonly nodeOrdinal: number | undefined
  readonly systemType: string | undefined
  readonly manufacturer: string | undefined
  readonly model: string | undefined
  /** Unique neither by itself nor for ever: both nodes of a Cray EX blade carry the serial of the blade. */
  readonly serialNumber: string | undefined
  /** What a site stuck on the machine and wrote into its BMC; not unique either. */
  readonly assetTag: string | undefined
  /** Lower case with dashes; absent on NVIDIA boards, duplicated on some white boxes. */
  readonly uuid: string | undefined
  readonly biosVersion: string | undefined
  readonly powerState: PowerState
  readonly reset: ResetFacts | undefined
  readonly processorCount: number | undefined
  readonly processorModel: string | undefined
  readonly memoryGiB: number | undefined
  /** The BMC says that it is still collecting, or counts no processors or memory: worth another look in a minute. */
  readonly inventoryIncomplete: boolean
  readonly interfaces: readonly InterfaceFacts[]
  /** Boot option references in the order in which the firmware tries them. */
  readonly bootOrder: readonly string[]
  readonly bootOptions: readonly BootOptionFacts[]
  /** The interface that the node boots from; `undefined` when no usable MAC is known. */
  readonly bootNic: BootNicChoice | undefined
}

/** How a system is reset. */
export interface ResetFacts {
  /** The action's target path, on this BMC. */
  readonly target: string
  /** What the BMC says it allows, known values only, in its order; empty when it says nothing. */
  readonly types: readonly ResetType[]
}

/** The Redfish reset types (DSP0268, ResetType), and `Off`, by which Cray EX means a graceful shutdown. */
export type ResetType =
  | 'Off'
  | 'On'
  | 'ForceOn'
  | 'ForceOff'
  | 'GracefulShutdown'
  | 'GracefulRestart'
  | 'ForceRestart'
  | 'PowerCycle'
  | 'FullPowerCycle'
  | 'PushPowerButton'
  | 'Nmi'
  | 'Pause'
  | 'Resume'
  | 'Suspend'

/**
 * `unknown` is everything that is not one of the others, `null`, `Reset` and `Unknown` among them: several BMCs say
 * so while a system changes state. It never by itself justifies a command.
 */
export type PowerState = 'on' | 'off' | 'powering_on' | 'powering_off' | 'unknown'

export interface InterfaceFacts {
  /** Resource id, for example `1` or `ManagementEthernet`. */
  readonly id: string
  /** Lower case with colons; `undefined` for `Not Available`, empty, multicast and all-zero addresses. */
  readonly mac: string | undefined
  /** Second-lowest bit of the first octet: typical for the host's USB link to its BMC. */
  readonly locallyAdministered: boolean
  readonly speedMbps: number | undefined
  readonly link: 'up' | 'down' | 'unknown'
  readonly uefiDevicePath: string | undefined
  /** First IPv4 address that the BMC reports, none when it is 0.0.0.0. */
  readonly ipv4: string | undefined
}

export interface BootOptionFacts {
  /** The name by which `bootOrder` refers to it, for example `Boot0012` or `ME0-PXE-IP4`. */
  readonly reference: string
  readonly displayName: string | undefined
  readonly uefiDevicePath: string | undefined
  readonly enabled: boolean
  /** The MAC that its device path or its name contains. */
  readonly mac: string | undefined
}

/** Which MAC a node boots from, why, and what else was possible. */
export interface BootNicChoice {
  readonly mac: string
  /** Resource id of the interface; `undefined` when the MAC is known from a boot option or an operator only. */
  readonly interfaceId: string | undefined
  readonly reason: BootNicReason
  /** Every MAC that was considered, best first, the chosen one included. */
  readonly candidates: readonly string[]
}

/** Strongest first. */
export type BootNicReason =
  | 'operator_pin'
  | 'boot_order'
  | 'management_ethernet'
  | 'dhcp_observed'
  | 'link_up_lowest_path'
  | 'lowest_mac'

/** A resource that the walk could not read. */
export interface WalkGap {
  readonly path: string
  readonly reason: string
}
