import { closeSync, readdirSync, readlinkSync, write } from 'node:fs'

/** Writes to standard error; resolves in any case, should that ever end. */
export function writeErrorLine(line: string): Promise<void> {
  return new Promise((resolve) => {
    write(2, line, () => resolve())
  })
}

/**
 * Ends this process as nothing can prevent, and closes all sockets before: also those of a thread that hangs in the
 * kernel. Until the kernel lets go of that thread a killed process is not gone, and would go on to accept connections.
 */
export function endProcess(): void {
  try {
    for (const name of readdirSync('/proc/self/fd')) closeIfSocket(Number(name))
  } catch {
    // Another system has no such list.
  }
  process.kill(process.pid, 'SIGKILL')
}

/** What stands under a number may have changed since the numbers were listed. */
function closeIfSocket(fd: number): void {
  try {
    if (readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')) closeSync(fd)
  } catch {
    // It is closed already.
  }
}
