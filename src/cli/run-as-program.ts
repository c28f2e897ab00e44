import { runCli } from './run-cli.ts'

/**
 * Runs one command line in this process: its streams, its environment, its exit code. A reader that closes the pipe
 * (`| head`) ends the command quietly.
 */
export async function runAsProgram(argv: readonly string[]): Promise<void> {
  const { env, stdin, stdout, stderr } = process
  const closed = new AbortController()
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    closed.abort()
  })
  process.exitCode = await runCli(argv, { env, stdin, stdout, stderr, signal: closed.signal })
}
