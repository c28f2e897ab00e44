import type { CommandLine } from './command-line.ts'
import { parseCommandLine, usage } from './command-line.ts'
import type { Room } from './room.ts'
import { startRoom } from './room.ts'
import { roomTable } from './room-table.ts'

let commandLine: CommandLine
try {
  commandLine = parseCommandLine(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`room: ${(error as Error).message}\nTry --help.\n`)
  process.exit(2)
}
if (commandLine.help) {
  process.stdout.write(usage)
  process.exit(0)
}

let room: Room
try {
  room = await startRoom(commandLine.options)
} catch (error) {
  process.stderr.write(`room: ${(error as Error).message}\n`)
  process.exit(1)
}
const stop = () => void room.stop()
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
if (commandLine.stopWithStdin) process.stdin.once('end', stop).resume()
process.stdout.write(commandLine.json ? `${JSON.stringify(room.info)}\n` : roomTable(room.info))
await room.stopped
process.stderr.write('room: stopped\n')
// Standard input may still be open, and would keep the process.
process.stdin.destroy()
