import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

const program = 'qemu-system-x86_64'

/** Where a guest of QEMU's user networking finds loopback of this machine. */
export const hostAddress = '10.0.2.2'

/** Why no guest can be started here; undefined if one can. */
export function whyNoGuest(): string | undefined {
  const { status, error } = spawnSync(program, ['--version'], { stdio: 'ignore' })
  return error === undefined && status === 0
    ? undefined
    : `${program} is not installed (packages qemu-system-x86, ipxe-qemu)`
}

/**
 * A PC without a disk that boots from the network with the iPXE of its network card, under software emulation: slow,
 * and real. It needs no privileges.
 */
export class Guest {
  readonly #child: ChildProcess
  /** What it printed on its serial console. */
  console = ''

  /** `bootUrl` is what a DHCP server would name as file: at most 127 characters. */
  constructor(options: { readonly mac: string; readonly bootUrl: string }) {
    const { mac, bootUrl } = options
    if (bootUrl.length > 127) throw new Error(`a DHCP file name has at most 127 characters: ${bootUrl}`)
    this.#child = spawn(
      program,
      [
        '-accel tcg -machine pc,graphics=off -m 128 -nographic -no-reboot -boot n'.split(' '),
        ['-netdev', `user,id=net0,bootfile=${bootUrl.replaceAll(',', ',,')}`],
        ['-device', `virtio-net-pci,netdev=net0,mac=${mac}`],
      ].flat(),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const keep = (chunk: Buffer): void => void (this.console += chunk.toString('latin1'))
    this.#child.stdout!.on('data', keep)
    this.#child.stderr!.on('data', keep)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}
