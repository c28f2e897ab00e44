import type { Artifact } from './artifacts.ts'
import { makeArtifacts } from './artifacts.ts'
import { BmcServer } from './bmc/bmc-server.ts'
import { EmulatedSystem } from './bmc/system.ts'
import { ScaledClock } from './clock.ts'
import { ControlServer } from './control-server.ts'
import { Faults } from './faults/faults.ts'
import { FileServer } from './file-server.ts'
import { Forwarder } from './forwarder.ts'
import type { PlannedBmc } from './hardware-plan.ts'
import { planHardware } from './hardware-plan.ts'
import { Ledger } from './ledger.ts'
import type { NodeReport } from './node/hardware.ts'
import { EmulatedNode } from './node/node.ts'
import type { Site } from './node/site.ts'
import type { RoomOptions } from './options.ts'
import { checkRoomOptions, defaultRoomOptions } from './options.ts'
import { seededRandom } from './random.ts'
import type { RoomInfo } from './room-info.ts'
import { ScriptShelf } from './script-shelf.ts'

/** A room that runs. */
export interface Room {
  readonly info: RoomInfo
  readonly ledger: Ledger
  readonly faults: Faults
  readonly forwarder: Forwarder
  readonly files: FileServer
  readonly bmcs: readonly BmcServer[]
  /** Text of the scripts that nodes have read, by digest. */
  readonly scripts: ScriptShelf
  nodes(): NodeReport[]
  /** Resolves when somebody stopped the room, over the control server or here. */
  readonly stopped: Promise<void>
  /** Takes power from every node and closes every listener. */
  stop(): Promise<void>
}

/**
 * Starts a room: BMCs with nodes behind them, all off; a file server; the first hop; the control server.
 * It knows nothing of who will manage it. Rejects when an option is wrong or an address is taken.
 */
export async function startRoom(given: Partial<RoomOptions> = {}): Promise<Room> {
  const options: RoomOptions = { ...defaultRoomOptions, ...given }
  checkRoomOptions(options)
  const clock = new ScaledClock({ speed: options.speed })
  const ledger = new Ledger()
  const faults = new Faults({ clock, rules: options.faults })
  const scripts = new ScriptShelf()
  const images = options.images.map((image) => ({ image, ...makeArtifacts({ ...options, image }) }))
  const closing: (() => Promise<void>)[] = []
  const opened = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting
    closing.push(() => started.close())
    return started
  }
  const closeAll = async () => {
    await Promise.all(closing.map((close) => close()))
  }
  try {
    const { host } = options
    const files = await opened(FileServer.start({ images, host, port: options.filesPort }))
    const forwarder = await opened(Forwarder.start({ host, port: options.forwarderPort, targets: options.targets }))
    const site: Site = {
      clock,
      networkClock: new ScaledClock({ speed: options.networkSpeed }),
      networkMs: (ms) => ms / options.networkSpeed,
      bootUrl: options.bootUrl.replaceAll('{forwarder}', forwarder.address),
      stampPatterns: options.stampPatterns,
      delays: { firmwareMs: options.firmwareDelayMs, kernelMs: options.kernelDelayMs },
      artifactKind: (sha256) => files.withDigest(sha256)?.kind,
      answeredBy: (client) => forwarder.targetOf(client),
      keepScript: (sha256, text) => scripts.put(sha256, text),
      record: (entry) => ledger.append(entry),
    }
    const bmcs: BmcServer[] = []
    for (const plan of planHardware(options)) {
      bmcs.push(await opened(startBmc(plan, { options, clock, ledger, faults, site })))
    }
    const stopped = Promise.withResolvers<void>()
    let stopping: Promise<void> | undefined
    const room: Room = {
      get info() {
        return info
      },
      ledger,
      faults,
      forwarder,
      files,
      bmcs,
      scripts,
      nodes: () => bmcs.flatMap((bmc) => bmc.systems.map((system) => system.node.report())),
      stopped: stopped.promise,
      stop: () => (stopping ??= closeAll().finally(() => stopped.resolve())),
    }
    const control = await opened(ControlServer.start({ room, host, port: options.controlPort }))
    const info = describe(options, { control: control.url, bootUrl: site.bootUrl, room, images })
    return room
  } catch (error) {
    await closeAll()
    throw error
  }
}

function startBmc(
  plan: PlannedBmc,
  around: {
    readonly options: RoomOptions
    readonly clock: ScaledClock
    readonly ledger: Ledger
    readonly faults: Faults
    readonly site: Site
  },
): Promise<BmcServer> {
  const { options, clock, ledger, faults, site } = around
  const { profile, xname } = plan
  const random = (purpose: string) => seededRandom(`${options.seed}/${xname}/${purpose}`)
  const systems = plan.systems.map((planned) => {
    const identity = {
      xname: planned.xname,
      bmc: xname,
      system: planned.id,
      mac: planned.macs[0]!,
      uuid: planned.uuid,
      serial: planned.serial,
      manufacturer: profile.manufacturer,
      product: profile.product,
      address: planned.address,
    }
    const node = new EmulatedNode({ identity, site, random: random(`${planned.id}/node`) })
    return new EmulatedSystem({
      node,
      macs: planned.macs,
      profile,
      clock,
      random: random(`${planned.id}/power`),
      delayMs: options.powerDelayMs,
      ledger,
    })
  })
  return BmcServer.start({
    xname,
    profile,
    host: plan.host,
    port: options.bmcPort,
    mac: plan.mac,
    uuid: plan.uuid,
    username: options.username ?? profile.defaultUsername,
    password: options.password,
    systems,
    serials: plan.systems.map((planned) => planned.serial),
    faults,
    ledger,
    random: random('bmc'),
  })
}

function describe(
  options: RoomOptions,
  made: {
    readonly control: string
    readonly bootUrl: string
    readonly room: Room
    readonly images: readonly { readonly image: string; readonly kernel: Artifact; readonly initrd: Artifact }[]
  },
): RoomInfo {
  const { files, forwarder, bmcs } = made.room
  const file = (artifact: Artifact) => ({
    url: files.urlOf(artifact),
    sha256: artifact.sha256,
    sizeBytes: artifact.body.length,
  })
  return {
    control: made.control,
    forwarder: forwarder.address,
    bootUrl: made.bootUrl,
    files: files.url,
    images: made.images.map(({ image, kernel, initrd }) => ({
      name: image,
      kernel: file(kernel),
      initrd: file(initrd),
    })),
    bmcs: bmcs.map((bmc) => ({
      xname: bmc.xname,
      profile: bmc.profile.name,
      address: bmc.address,
      username: options.username ?? bmc.profile.defaultUsername,
      password: options.password,
      spkiSha256: bmc.spkiSha256,
      nodes: bmc.systems.map(({ id, node: { identity } }) => ({
        xname: identity.xname,
        system: id,
        mac: identity.mac,
        uuid: identity.uuid,
        serial: identity.serial,
        address: identity.address ?? null,
      })),
    })),
  }
}
