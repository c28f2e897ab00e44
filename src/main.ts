// Before anything touches libuv's pool, whose size is read once. Nothing may be imported statically here.
process.env['UV_THREADPOOL_SIZE'] ??= '16'

const argv = process.argv.slice(2)

const isServe = argv[0] === 'serve'
const isBackup = argv[0] === 'backup'
const isBackupHelp = argv[0] === 'help' && argv[1] === 'backup'
const isServeHelp = argv[0] === 'help' && argv[1] === 'serve'

if (isServe || isServeHelp) {
  const { serve } = await import('./peer/serve.ts')
  try {
    await serve(isServeHelp ? ['--help'] : argv.slice(1))
  } catch (error) {
    const { reportError } = await import('./cli/report-error.ts')
    // What has been started by then must not keep the process.
    process.exit(reportError(error, { json: false, stderr: process.stderr, env: process.env }))
  }
} else if (isBackup || isBackupHelp) {
  const { backup } = await import('./peer/backup-command.ts')
  const { reportError } = await import('./cli/report-error.ts')
  const { wantsJsonErrors } = await import('./cli/command-line.ts')
  try {
    await backup(isBackupHelp ? ['--help'] : argv.slice(1), process.stdout)
  } catch (error) {
    process.exitCode = reportError(error, { json: wantsJsonErrors(argv), stderr: process.stderr, env: process.env })
  }
} else if (argv[0] === 'recovery') {
  const { recovery } = await import('./peer/recovery/command.ts')
  try {
    await recovery(argv.slice(1))
  } catch (error) {
    const { reportError } = await import('./cli/report-error.ts')
    process.exitCode = reportError(error, { json: false, stderr: process.stderr, env: process.env })
  }
} else {
  const { runAsProgram } = await import('./cli/run-as-program.ts')
  await runAsProgram(argv)
}
