import { readConfig, serveHelp } from './config.ts'
import { Peer } from './peer.ts'
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
  const peer = await Peer.start(config, world)
  const { api, peer: peerAddress, admin } = peer.addresses
  const lines = [`trivet ${config.name}: api ${api}, peers ${peerAddress}, admin http://${admin}`]
  if (config.initialPeers === undefined) {
    const server = api === '127.0.0.1:7400' ? '' : ` --server ${api}`
    lines.push(
      'Try:',
      ...['peer status', 'node list', 'bmc import --help'].map((words) => `  bin/trivet ${words}${server}`),
    )
  }
  process.stdout.write(`${lines.join('\n')}\n`)
  await runUntilSignalled(() => peer.stop())
}
