import { trivetError } from '../../lib/errors.ts'
import { createCore } from '../core/core.ts'
import { layout, type Disk } from '../store/disk.ts'
import { formatStore } from '../store/format-store.ts'
import type { Acquaintances } from '../store/acquaintance.ts'
import { openStore, readIdentity, type OpenedStore } from '../store/open-store.ts'
import type { HelloFacts } from '../transport/hello.ts'
import type { Transport, TransportEvents } from '../transport/transport.ts'
import type { Clock } from './clock.ts'
import { DamagedRuntime } from './damaged-runtime.ts'
import type { Die } from './die.ts'
import type { LeaseCell } from './lease-cell.ts'
import type { MemberParts } from './member-parts.ts'
import { MemberRuntime } from './member-runtime.ts'
import type { Outlet } from './outlet.ts'
import type { Runtime } from './runtime.ts'
import type { MemberSettings } from './settings.ts'

/** The world around a runtime; a test replaces any part of it. */
export interface RuntimePorts {
  readonly disk: Disk
  readonly clock: Clock
  /** A whole number in [0, below). */
  readonly random: (below: number) => number
  /** Unique for each start of the process. */
  readonly incarnation: string
  readonly lease: LeaseCell
  readonly outlet: Outlet
  readonly die: Die
  /** Makes the core; a simulation gives it smaller limits. */
  readonly createCore?: MemberParts['createCore']
  openTransport(facts: HelloFacts, events: TransportEvents): Promise<Transport>
}

/**
 * Opens the data directory, or makes it for a new peer, and starts the member. A damaged one starts as such if there
 * are others to go on without it; a lone voter throws LONE_PEER_DAMAGED. Throws what `openStore` and
 * `openGrpcTransport` throw, too.
 */
export async function openRuntime(
  settings: MemberSettings,
  ports: RuntimePorts,
): Promise<{ readonly runtime: Runtime; readonly address: string }> {
  const hasOthers = await knowsOthers(settings, ports.disk)
  const opened = await openOrFormat(settings, ports, hasOthers)
  if (opened.kind === 'damaged' && !hasOthers) {
    throw trivetError('LONE_PEER_DAMAGED', { directory: ports.disk.directory, reason: opened.reason })
  }
  const runtime = opened.kind === 'damaged' ? damaged(settings, ports, opened.reason) : working(settings, ports, opened)
  const { clusterId, self, peers, stateVersions, sealingKeyFingerprint } = settings
  const { name = '', address = '' } = peers.find((peer) => peer.id === self) ?? {}
  const acquaintances =
    opened.kind === 'damaged' ? await acquaintancesOfDamaged(ports.disk) : opened.store.acquaintances
  try {
    const facts = { clusterId, self, name, address, stateVersions, sealingKeyFingerprint, acquaintances }
    const transport = await ports.openTransport(facts, runtime)
    runtime.start(transport)
    return { runtime, address: transport.address }
  } catch (error) {
    if (opened.kind !== 'damaged') await opened.store.close()
    throw error
  }
}

/** What a damaged peer still knows of itself. It remembers nobody whom it meets, and nobody is to remember it. */
async function acquaintancesOfDamaged(disk: Disk): Promise<Acquaintances> {
  const identity = await readIdentity(disk)
  return { own: { nonce: '', starts: 0, run: '' }, of: (peer) => identity?.met[peer], remember: () => {} }
}

type Opened = Exclude<OpenedStore, { kind: 'fresh' }>

/**
 * Whether there are others who may have what is damaged here: also where a cluster began with one peer, or this one
 * joined without knowing anybody.
 */
async function knowsOthers({ joins, peers }: MemberSettings, disk: Disk): Promise<boolean> {
  const identity = await readIdentity(disk)
  return peers.length > 1 || joins === true || Object.keys(identity?.met ?? {}).length > 0
}

async function openOrFormat(settings: MemberSettings, ports: RuntimePorts, hasOthers: boolean): Promise<Opened> {
  const { clusterId, self, appliedIndex, peers } = settings
  if (settings.damaged !== undefined) return { kind: 'damaged', part: 'log', reason: settings.damaged }
  const fail = (reason: string) => ports.die('log_write_failed', reason)
  const { joins = false } = settings
  const repairFrom = hasOthers ? (joins ? [] : peers) : undefined
  const options = {
    clusterId,
    self,
    appliedIndex,
    run: ports.incarnation,
    fail,
    repairFrom,
    compactionLimits: settings.compactionLimits,
    installed: settings.installed,
  }
  const opened = await openStore(ports.disk, options)
  if (opened.kind !== 'fresh') {
    // Log and state are those of the snapshot. It goes before anything is acknowledged that another reset would lose.
    if (settings.installed !== undefined && opened.kind !== 'damaged') {
      await ports.disk.files.removeFile(`${layout.directory}/${layout.snapshotArrived}`)
    }
    return opened
  }
  if (appliedIndex > 0) {
    // The state has outlived its log. A new log would give votes and entries a second time.
    return { kind: 'damaged', part: 'log', reason: `the log is missing, but entry ${appliedIndex} has been applied` }
  }
  await formatStore(ports.disk, { clusterId, self, peers, joins, nonce: drawNonce(ports.random) })
  ports.outlet.log({ level: 'info', message: 'a new data directory was made', fields: { clusterId, peer: self } })
  const made = await openStore(ports.disk, options)
  if (made.kind === 'fresh') throw new Error(`${ports.disk.directory} is empty right after it was made`)
  return made
}

function damaged(settings: MemberSettings, ports: RuntimePorts, reason: string): DamagedRuntime {
  const { self, peers } = settings
  ports.outlet.log({ level: 'error', message: 'this peer is damaged', fields: { peer: self, reason } })
  return new DamagedRuntime({ self, peers, reason, outlet: ports.outlet })
}

function working(
  settings: MemberSettings,
  ports: RuntimePorts,
  opened: Exclude<Opened, { kind: 'damaged' }>,
): MemberRuntime {
  const { self, peers, appliedIndex, snapshotChunkBytes } = settings
  const { clock, random, incarnation, lease, outlet, die } = ports
  const { store } = opened
  const world = {
    snapshotChunkBytes,
    files: ports.disk.files,
    createCore: ports.createCore ?? createCore,
    clock,
    random,
    incarnation,
    lease,
    outlet,
    die,
  }
  const repair = opened.kind === 'repairing' ? { reason: opened.reason } : {}
  return new MemberRuntime({ self, peers, appliedIndex, store, ...world, ...repair })
}

/** 16 hexadecimal digits. */
function drawNonce(random: RuntimePorts['random']): string {
  return Array.from({ length: 16 }, () => random(16).toString(16)).join('')
}
