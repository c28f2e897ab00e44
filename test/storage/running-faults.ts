import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Child } from '../support/processes/child.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'

const run = promisify(execFile)

/** A peer that runs, on a file system of its own that can be broken. */
export interface Stage {
  readonly peer: PeerProcess
  readonly child: Child
  /** Where the file system is mounted. */
  readonly mounted: string
  /** Writes through the other peers, which replicate to this one. */
  write(count: number): Promise<void>
  /** Has the others elect somebody, so that this peer has to write a vote. */
  elect(): Promise<void>
}

/** What can happen to the file system under a peer that runs. */
export interface RunningFault {
  readonly name: string
  /** Within the data directory: what stands on a file system of its own; '' is all of it. */
  readonly part: string
  readonly fileSystem: 'tmpfs' | 'ext4'
  /** The process has to end by itself; otherwise the fault ends it. */
  readonly endsIt: boolean
  /** Strikes, and returns when the process has ended; gives what must not have happened. */
  strike(stage: Stage): Promise<readonly string[]>
  /** Makes the file system whole again, while nothing runs on it. */
  heal(mounted: string, remount: () => Promise<void>): Promise<void>
}

/** What is struck, in words. */
export function targetOf({ part }: RunningFault): string {
  return `running, on a file system of its own for ${part === '' ? 'all' : part}`
}

/** A peer dies of its disk within this time: the watchdog's 20 s, and as long again and more on a machine that is busy. */
const deathMsMax = 120_000

async function died(child: Child, what: string): Promise<readonly string[]> {
  const end = await Promise.race([child.ended, sleep(deathMsMax, undefined, { ref: false })])
  if (end !== undefined) return []
  child.kill('SIGKILL')
  return [`${what}, and the process did not end`]
}

const fullDisk = (part: string): RunningFault => ({
  name: 'disk full, and room again',
  part,
  fileSystem: 'tmpfs',
  endsIt: true,
  strike: async (stage) => {
    const filler = join(stage.mounted, 'filler')
    const piece = Buffer.alloc(4096, 1)
    // To the last page: only then the next write fails.
    await writeFile(filler, '')
    for (let room = true; room;)
      room = await appendFile(filler, piece).then(
        () => true,
        () => false,
      )
    const dying = died(stage.child, 'the disk was full')
    const writing = stage.write(40)
    const wrong = await dying
    await writing
    return wrong
  },
  heal: async (mounted) => rm(join(mounted, 'filler')),
})

const failingSync = (name: string, provoke: (stage: Stage) => Promise<void>): RunningFault => ({
  name,
  part: '',
  fileSystem: 'ext4',
  endsIt: true,
  strike: async (stage) => {
    const inject = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO']
    const strace = spawn('strace', ['-f', '-q', '-o', '/dev/null', '-p', String(stage.child.pid), ...inject])
    await once(strace, 'spawn')
    await sleep(500)
    const dying = died(stage.child, 'fsync failed')
    const provoking = provoke(stage)
    const wrong = await dying
    strace.kill('SIGKILL')
    await provoking
    return wrong
  },
  heal: async () => undefined,
})

/** A thread that does not come back from the kernel: a tracer holds its next wait for events, and it alone. */
const hangingThread = (thread: 'main' | 'raft'): RunningFault => ({
  name: `${thread} thread hangs in the kernel`,
  part: '',
  fileSystem: 'tmpfs',
  endsIt: true,
  strike: async (stage) => {
    const tid = await threadOf(stage.child.pid, thread)
    const inject = ['-e', 'trace=epoll_pwait', '-e', `inject=epoll_pwait:delay_enter=${2 * deathMsMax * 1000}`]
    const strace = spawn('strace', ['-q', '-o', '/dev/null', '-p', tid, ...inject])
    await once(strace, 'spawn')
    const silent = await isSilent(stage.peer, `its ${thread} thread hung`)
    // A process is only gone for its parent when the tracer has let go of it.
    strace.kill('SIGKILL')
    return [...silent, ...(await died(stage.child, `the ${thread} thread hung`))]
  },
  heal: async () => undefined,
})

/** Linux names the thread of a worker after the worker. */
async function threadOf(pid: number, thread: 'main' | 'raft'): Promise<string> {
  if (thread === 'main') return String(pid)
  for (const tid of await readdir(`/proc/${pid}/task`)) {
    if ((await readFile(`/proc/${pid}/task/${tid}/comm`, 'utf8')).trim() === thread) return tid
  }
  throw new Error(`process ${pid} has no thread ${thread}`)
}

/** Ext4's way to lose power: `EXT4_IOC_SHUTDOWN` without a flush of its journal. */
const shutdown =
  'import fcntl,os,struct,sys; fcntl.ioctl(os.open(sys.argv[1],os.O_RDONLY),0x8004587d,struct.pack("I",2))'

export const runningFaults: readonly RunningFault[] = [
  fullDisk(''),
  fullDisk('raft'),
  fullDisk('state'),
  failingSync('EIO on fsync, while entries come', (stage) => stage.write(3)),
  failingSync('EIO on fsync, while it votes', (stage) => stage.elect()),
  hangingThread('main'),
  hangingThread('raft'),
  {
    name: 'power cut, unsynced writes lost',
    part: '',
    fileSystem: 'ext4',
    endsIt: false,
    strike: async (stage) => {
      const writing = stage.write(30)
      await sleep(300)
      await run('python3', ['-c', shutdown, stage.mounted])
      stage.child.kill('SIGKILL')
      await stage.child.ended
      await writing
      return []
    },
    heal: async (_, remount) => remount(),
  },
  {
    name: 'frozen file system',
    part: '',
    fileSystem: 'ext4',
    endsIt: true,
    strike: async (stage) => {
      let silent: readonly string[]
      await run('fsfreeze', ['-f', stage.mounted])
      try {
        const writing = stage.write(3)
        silent = await isSilent(stage.peer, 'its file system was frozen')
        await writing
      } finally {
        await run('fsfreeze', ['-u', stage.mounted])
      }
      // It waits for its disk in the kernel, and ends when that answers again.
      return [...silent, ...(await died(stage.child, 'its file system was frozen'))]
    },
    heal: async () => undefined,
  },
]

/** Killed, a process waits for its disk; what matters is that nobody is taken in by its open sockets meanwhile. */
async function isSilent(peer: PeerProcess, what: string): Promise<readonly string[]> {
  const listeners = [peer.addresses.api, peer.addresses.peer, peer.addresses.node, peer.addresses.admin]
  const deadline = performance.now() + deathMsMax
  let open: readonly string[] = listeners
  while (performance.now() < deadline) {
    const answers = await Promise.all(listeners.map(async (address) => ((await accepts(address)) ? [address] : [])))
    open = answers.flat()
    if (open.length === 0) return []
    await sleep(500)
  }
  return [`${what}, and it went on to accept connections at ${open.join(', ')}`]
}

async function accepts(address: string): Promise<boolean> {
  const [host, port] = address.split(':')
  const socket = createConnection({ host: host!, port: Number(port) })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(1_000) })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
