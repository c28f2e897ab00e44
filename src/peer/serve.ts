import type { Config } from './config.ts'
import { readConfig, serveHelp } from './config.ts'
import { Peer } from './peer.ts'
import { Renewing } from './renewing.ts'
import { runUntilSignalled } from './signals.ts'
import type { World } from './world.ts'
import { realWorld } from './world.ts'

/** `trivet serve`: runs a peer until it is told to stop. Rejects when it cannot start. */
export async function serve(argv: readonly string[], world: World = realWorld): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(serveHelp())
    return
  }
  const config = readConfig(argv, process.env)
  // Whatever makes a file here: nobody else needs to read it.
  process.umask(0o077)
  await runUntilSignalled(() => run(config, world))
}

async function run(config: Config, world: World): Promise<Renewing<Peer>> {
  const dies = (error: unknown) => running.current.die(error)
  const running = await Renewing.start(() => start(config, world), dies)
  process.on('uncaughtException', dies)
  process.on('unhandledRejection', dies)
  return running
}

async function start(config: Config, world: World): Promise<Peer> {
  const peer = await Peer.start(config, world)
  const { api, peer: peerAddress, admin } = peer.addresses
  process.stdout.write(`trivet ${config.name}: api ${api}, peers ${peerAddress}, admin http://${admin}\n`)
  void peer.openForNodes.then((isOpen) => {
    if (!isOpen) return
    const hints = config.initialPeers === undefined ? ['Try:', ...commandsToTry(api)] : []
    process.stdout.write([`nodes: http://${peer.addresses.node}/boot/ipxe`, ...hints, ''].join('\n'))
  })
  return peer
}

/** What somebody who started a first peer may want to see. */
function commandsToTry(api: string): readonly string[] {
  const server = api === '127.0.0.1:7400' ? '' : ` --server ${api}`
  return ['peer status', 'node list', 'bmc import --help'].map((words) => `  bin/trivet ${words}${server}`)
}
