import { sleep } from '../clock.ts'
import { runIpxe } from '../ipxe/interpreter.ts'
import type { IpxeEnd } from '../ipxe/machine.ts'
import { Settings } from '../ipxe/settings.ts'
import type { LedgerEntry } from '../ledger.ts'
import type { Random } from '../random.ts'
import { sha256 } from '../artifacts.ts'
import { FetchAccount } from './fetch-account.ts'
import { FirmwareNetwork } from './firmware-network.ts'
import type { NodeIdentity, NodeReport, NodeState, ScriptSeen } from './hardware.ts'
import { HttpClient } from './http-exchange.ts'
import { Initramfs } from './initramfs.ts'
import { parseBootParameters } from './kernel-command-line.ts'
import type { Site } from './site.ts'

/** HPE's "Network Boot Retry": after a failed network boot the firmware starts over, so many times. */
const networkBootRetriesMax = 20

/** Room milliseconds before the firmware starts over. */
const networkBootPauseMs = 5_000

const consoleLinesMax = 40

/** Why a node stops in the middle of something: somebody took its power. */
class PowerLost extends Error {
  override readonly name = 'PowerLost'
}

/**
 * A server as its owner sees it: with power it starts, boots what it is told, configures itself and reports; without,
 * it stops at once, whatever it was doing. It knows one boot URL.
 */
export class EmulatedNode {
  readonly identity: NodeIdentity
  readonly #site: Site
  readonly #random: Random
  readonly #account: FetchAccount
  #power: AbortController | undefined
  #state: NodeState = 'off'
  #reason: string | null = null
  #lastScript: ScriptSeen | null = null
  #commandLine: string | null = null
  #console: string[] = []
  #bootsCompleted = 0
  #phoneHomeRetries = 0
  #life: Promise<void> = Promise.resolve()

  constructor(options: { readonly identity: NodeIdentity; readonly site: Site; readonly random: Random }) {
    this.identity = options.identity
    this.#site = options.site
    this.#random = options.random
    this.#account = new FetchAccount({
      failover: (event) => this.#record({ kind: 'failover', ...event }),
      failed: (event) => this.#record({ kind: 'fetch_failed', ...event }),
    })
  }

  get state(): NodeState {
    return this.#state
  }

  /** True when an operating system is there to hear a power button. */
  get systemRuns(): boolean {
    return this.#state === 'running' || this.#state === 'unconfigured' || this.#state === 'phone_home_failed'
  }

  /** Power came. A node that is told to start from its disk finds nothing there. */
  powerOn(options: { readonly fromNetwork: boolean }): void {
    if (this.#power !== undefined) return
    const power = new AbortController()
    this.#power = power
    this.#console = []
    if (!options.fromNetwork) {
      this.#fail('boot_failed', 'started from disk, as its boot override says; there is nothing on it')
      return
    }
    this.#life = this.#live(power.signal).catch((error: unknown) => {
      if (!(error instanceof PowerLost)) throw error
    })
  }

  /** Power went. */
  powerOff(): void {
    if (this.#power === undefined) return
    this.#account.forget()
    this.#power.abort(new PowerLost('power went off'))
    this.#power = undefined
    this.#enter('off')
  }

  /** Takes power and waits until nothing of the node is under way any more. */
  async stop(): Promise<void> {
    this.powerOff()
    await this.#life
  }

  report(): NodeReport {
    const { xname, bmc, system, mac, uuid, address } = this.identity
    return {
      xname,
      bmc,
      system,
      mac,
      uuid,
      address: address ?? null,
      state: this.#state,
      reason: this.#reason,
      fetches: this.#account.fetches,
      failovers: this.#account.failovers,
      failedFetches: this.#account.failedFetches,
      phoneHomeRetries: this.#phoneHomeRetries,
      bootsCompleted: this.#bootsCompleted,
      lastScript: this.#lastScript,
      commandLine: this.#commandLine,
      console: this.#console,
    }
  }

  async #live(signal: AbortSignal): Promise<void> {
    for (let retries = 0; ; retries++) {
      const http = new HttpClient({ localAddress: this.identity.address, signal })
      const end = await this.#bootOnce(http, signal)
      signal.throwIfAborted()
      // A time-out of iPXE closes what it fetched; the next start opens connections of its own.
      http.close()
      const again = retries < networkBootRetriesMax && (end.kind === 'rebooted' || (end.kind === 'ended' && end.failed))
      // Starting over is how firmware turns to another peer behind the first hop: its first script is asked for again.
      if (!again) this.#account.abandon()
      if (end.kind === 'booted') return
      if (end.kind === 'script_error') {
        this.#fail('script_error', end.reason)
        return
      }
      if (!again) {
        this.#fail('boot_failed', end.kind === 'rebooted' ? `restarted ${retries} times` : end.reason)
        return
      }
      this.#print(end.kind === 'rebooted' ? 'restarting' : `${end.reason}; no more network devices, starting over`)
      if (end.kind === 'ended') await sleep(this.#site.clock, networkBootPauseMs, signal)
    }
  }

  async #bootOnce(http: HttpClient, signal: AbortSignal): Promise<IpxeEnd> {
    this.#enter('firmware')
    this.#record({ kind: 'firmware_started' })
    await sleep(this.#site.clock, this.#random.between(this.#site.delays.firmwareMs), signal)
    this.#enter('ipxe')
    const common = {
      site: this.#site,
      http,
      account: this.#account,
      signal,
      record: (entry: LedgerEntry) => {
        signal.throwIfAborted()
        this.#record(entry)
      },
    }
    const port = new FirmwareNetwork({
      ...common,
      print: (text) => this.#print(text),
      sawScript: (script) => {
        this.#lastScript = script
      },
    })
    const end = await runIpxe({ port, settings: this.#settings(), filename: this.#site.bootUrl })
    signal.throwIfAborted()
    if (end.kind === 'booted') await this.#startKernel(end, common)
    return end
  }

  async #startKernel(
    boot: IpxeEnd & { readonly kind: 'booted' },
    common: Omit<ConstructorParameters<typeof Initramfs>[0], 'phoneHomeRetried'>,
  ): Promise<void> {
    const { commandLine, initrds, kernel } = boot
    this.#commandLine = commandLine
    const problem = this.#imageProblem(boot)
    if (problem !== undefined) {
      this.#fail('image_rejected', problem)
      return
    }
    this.#enter('kernel')
    this.#record({
      kind: 'kernel_started',
      commandLine,
      kernel: sha256(kernel.body),
      initrds: initrds.map((initrd) => sha256(initrd.body)),
    })
    await sleep(this.#site.clock, this.#random.between(this.#site.delays.kernelMs), common.signal)
    let parameters
    try {
      parameters = parseBootParameters(commandLine)
    } catch (error) {
      this.#fail('unconfigured', (error as Error).message)
      return
    }
    if (parameters === undefined) {
      this.#fail('unconfigured', 'the kernel command line names no seed')
      return
    }
    const phoneHomeRetried = () => {
      this.#phoneHomeRetries++
    }
    const initramfs = new Initramfs({ ...common, phoneHomeRetried }, parameters)
    this.#enter('configuring')
    const metaData = await initramfs.configure()
    common.signal.throwIfAborted()
    if (metaData === undefined) {
      this.#fail('unconfigured', 'no peer served the seed')
      return
    }
    this.#enter('phoning_home')
    const reported = await initramfs.phoneHome(metaData)
    common.signal.throwIfAborted()
    if (!reported) {
      this.#fail('phone_home_failed', 'no peer took the report')
      return
    }
    this.#bootsCompleted++
    this.#enter('running')
    this.#record({ kind: 'node_running', hostname: metaData.localHostname })
  }

  /** Why this kernel with these initrds would not come up; `undefined` when it would. */
  #imageProblem(boot: IpxeEnd & { readonly kind: 'booted' }): string | undefined {
    if (this.#site.artifactKind(sha256(boot.kernel.body)) !== 'kernel') {
      return `${boot.kernel.name} is not a kernel of the file server, byte for byte`
    }
    const digests = boot.initrds.map((initrd) => sha256(initrd.body))
    const foreign = digests.findIndex((digest) => this.#site.artifactKind(digest) !== 'initrd')
    if (foreign >= 0) return `${boot.initrds[foreign]!.name} is not an initrd of the file server, byte for byte`
    if (digests.length === 0) return 'no initrd'
    return new Set(digests).size < digests.length ? 'the same initrd twice' : undefined
  }

  #settings(): Settings {
    const { mac, uuid, serial, manufacturer, product, address } = this.identity
    const ip = address ?? '127.0.0.1'
    return new Settings({
      'mac:hex': mac,
      'net0/mac:hex': mac,
      'netX/mac:hex': mac,
      'ip:ipv4': ip,
      'net0/ip:ipv4': ip,
      'netX/ip:ipv4': ip,
      'uuid:uuid': uuid,
      serial,
      manufacturer,
      product,
      buildarch: 'x86_64',
      platform: 'efi',
      version: '1.21.1',
      'user-class': 'iPXE',
      filename: this.#site.bootUrl,
    })
  }

  #enter(state: NodeState): void {
    this.#state = state
    this.#reason = null
  }

  #fail(
    state: 'boot_failed' | 'script_error' | 'image_rejected' | 'unconfigured' | 'phone_home_failed',
    reason: string,
  ): void {
    this.#enter(state)
    this.#reason = reason
    this.#print(reason)
    const isOwnKind = state === 'script_error' || state === 'image_rejected'
    this.#record({ kind: isOwnKind ? state : 'boot_failed', state, reason })
  }

  #print(text: string): void {
    this.#console.push(text)
    if (this.#console.length > consoleLinesMax) this.#console.shift()
  }

  #record(entry: LedgerEntry): void {
    const { xname, bmc, system } = this.identity
    this.#site.record({ ...entry, bmc, system, node: xname })
  }
}
