import type { ExitCode } from '../lib/errors.ts'

/** What each exit code of the program says; `docs/operate/exit-codes.md` and `trivet --help` list them. */
export const exitCodes: Readonly<Record<ExitCode, string>> = {
  0: 'all right; what was waited for or followed has completed',
  1: 'some targets failed, or the work was cancelled; or a defect',
  2: 'usage: the command line, a file, or a value that the server does not take',
  3: 'not found',
  4: 'authentication or permission',
  5: 'no peer answers, none is ready, there is no leader, or too much is asked at once',
  6: 'conflict: it exists, it is in use, or it has changed since it was read',
  7: 'time-out',
  42: 'serve: started again it would end the same way; do not restart it',
  65: 'serve: the configuration',
}
