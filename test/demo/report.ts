/** What the demo says at its end; the form of `--json`. */
export interface DemoReport {
  ok: boolean
  /** Why not; '' if all held. */
  reason: string
  durationMs: number
  steps: { name: string; ok: boolean; ms: number }[]
  leader: { before: string; after: string }
  kill: { on: number; notOn: number }
  writeGapMs: number
  session: { id: string; session_state: string; succeeded: number; failed: number }
  peers: { id: string; pid: number; api: string; node: string; admin: string }[]
  room: string
  nodes: { id: string; xname: string; mac: string; fetches: number; failovers: number; failedFetches: number }[]
  power: { bmc: string; step: string; attempts: number }[]
  /** `node` is an id of `nodes`, and the keys of `sha256ByPeer` are ids of `peers`. */
  scripts: { node: string; revision: string; sha256ByPeer: Record<string, string> }[]
}

/** A report of which nothing has been found out yet. */
export function emptyReport(): DemoReport {
  return {
    ok: false,
    reason: '',
    durationMs: 0,
    steps: [],
    leader: { before: '', after: '' },
    kill: { on: 0, notOn: 0 },
    writeGapMs: 0,
    session: { id: '', session_state: '', succeeded: 0, failed: 0 },
    peers: [],
    room: '',
    nodes: [],
    power: [],
    scripts: [],
  }
}
