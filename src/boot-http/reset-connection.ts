import type { ServerResponse } from 'node:http'

/**
 * Ends the connection without an answer, by a RST: every client goes on to the next peer at once, and none takes what
 * came so far for a whole answer (rule R4).
 */
export function resetConnection(response: ServerResponse): void {
  if (response.socket === null) response.destroy()
  else response.socket.resetAndDestroy()
}
