import type { MessageInitShape } from '@bufbuild/protobuf'
import type { CreateSessionRequestSchema, GetSessionResponse } from '../../../src/gen/trivet/session/v1/session_pb.ts'
import { SessionOperation, SessionService, SessionState } from '../../../src/gen/trivet/session/v1/session_pb.ts'
import type { Site } from './site.ts'
import { until } from './until.ts'

/** Starts a session that reboots the group `compute`, unless `request` says otherwise; gives its id. */
export async function startSession(
  site: Site,
  request: MessageInitShape<typeof CreateSessionRequestSchema> = {},
): Promise<string> {
  const { session } = await site.client(SessionService).createSession({
    template: 'compute',
    operation: SessionOperation.REBOOT,
    ...(request.nodes === undefined ? { groupName: 'compute' } : {}),
    ...request,
  })
  return session?.id ?? ''
}

/** Waits until a session has ended. A command of unknown outcome alone is watched for 10 s. */
export function endOfSession(site: Site, session: string): Promise<GetSessionResponse> {
  return until(
    `session ${session} has ended`,
    async () => {
      const got = await site.client(SessionService).getSession({ session }, { timeoutMs: 15_000 })
      return isOpen(got.session?.sessionState) ? undefined : got
    },
    { timeoutMs: 90_000, pauseMs: 100 },
  )
}

/** Work on it goes on. */
export function isOpen(state: SessionState | undefined): boolean {
  return state === SessionState.PENDING || state === SessionState.RUNNING
}
