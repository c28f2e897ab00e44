import { fileFaults, type FileFault } from './file-faults.ts'
import {
  markedAsDamaged,
  snapshotHasArrived,
  snapshotIsArriving,
  snapshotWasMade,
  withBallast,
  type Scene,
} from './scenes.ts'
import {
  databaseFiles,
  directoryTargets,
  exactly,
  fileTargets,
  installedState,
  installedStateFiles,
  logFiles,
  within,
  type Target,
} from './targets.ts'
import type { Outcome } from './verdict.ts'

/** A file, what happens to it, and what may come of it. */
export interface FileCell {
  readonly target: Target
  readonly fault: FileFault
  /** What else is struck at the same time. */
  readonly also?: { readonly target: Target; readonly fault: FileFault }
  /** Meanwhile the others elect somebody, who does not know what this peer has acknowledged to the leader before. */
  readonly elects?: true
  /** Where the peer is brought before; left out, it is stopped as it is. */
  readonly scene?: Scene
  /** Any other end is wrong. Left out, what was lost decides alone. */
  readonly ends?: readonly Outcome[]
}

type FaultName = (typeof fileFaults)[number]['name']

function faultOf(name: FaultName): FileFault {
  const fault = fileFaults.find((candidate) => candidate.name === name)
  if (fault === undefined) throw new Error(`there is no fault ${name}`)
  return fault
}

function cellsOf(
  target: Target,
  names: readonly FaultName[],
  expected: Omit<FileCell, 'target' | 'fault'> = {},
): readonly FileCell[] {
  return names.map((name) => ({ target, fault: faultOf(name), ...expected }))
}

/** Every file of a peer whose log was never cut, in every way. */
export const cellsWithWholeLog: readonly FileCell[] = [
  ...fileTargets.flatMap((target) => fileFaults.map((fault) => ({ target, fault }))),
  ...directoryTargets.flatMap((target) =>
    fileFaults.filter(({ forDirectories }) => forDirectories).map((fault) => ({ target, fault })),
  ),
]

/** The same happens to two files or directories. */
function cellsOfBoth(targets: readonly [Target, Target], name: string, names: readonly FaultName[]) {
  const [target, other] = targets
  return names.map((fault): FileCell => {
    const also = { target: other, fault: faultOf(fault) }
    return { target: { ...target, name }, fault: faultOf(fault), also, elects: true }
  })
}

/**
 * A disk that drops what it has promised drops it everywhere. What the state has applied, and what the log itself says
 * was committed, may then be as old as the log, and only the tail witness tells that there was more: always where the
 * state is gone, and knows nothing. A leader that still leads would stumble over what is missing; after an election this
 * peer looks like any follower that is behind.
 */
export const cellsOfLogAndState: readonly FileCell[] = [
  ...cellsOfBoth([logFiles.writeAheadLog, databaseFiles('state').writeAheadLog], 'raft/log and state/write-ahead log', [
    'lost tail',
    'deletion',
    'stale copy',
  ]),
  ...cellsOfBoth([exactly('raft/log'), exactly('state')], 'raft/log and state', ['stale copy']),
  ...cellsOf(
    { ...logFiles.writeAheadLog, name: 'no state, and raft/log/write-ahead log' },
    ['bit flip', 'truncation', 'lost tail', 'deletion'],
    { also: { target: exactly('state'), fault: faultOf('deletion') }, elects: true },
  ),
]

const changes: readonly FaultName[] = ['bit flip', 'truncation', 'deletion']

/** The key lies beside the data directory, where all peers of a campaign read it when they start, and only then. */
const sealKey: Target = { ...exactly('../seal.key'), name: 'seal.key' }

/** What a peer has at some moments only, and what it reads besides. */
export const cellsOfMoments: readonly FileCell[] = [
  ...cellsOf(exactly('ballast'), changes, { scene: withBallast, ends: ['nothing lost'] }),
  ...cellsOf(exactly('damaged'), ['bit flip', 'zeroed page', 'truncation'], {
    scene: markedAsDamaged,
    ends: ['state made anew'],
  }),
  // Nothing else tells that it was there; the state is compared with that of the others again.
  ...cellsOf(exactly('damaged'), ['deletion'], { scene: markedAsDamaged, ends: ['nothing lost'] }),
  ...cellsOf(sealKey, changes, { ends: ['refused to start'] }),
]

const atCutLog = (target: Target): Target => ({ ...target, name: `cut log: ${target.name}` })
const { table, writeAheadLog, manifest, current } = logFiles
const repaired = { ends: ['repaired by the others'] } as const
const mayRefuse = { ends: ['snapshot refused', 'nothing lost'] } as const

/**
 * A peer whose log was cut and whose state came with a snapshot: what it lost, the log of nobody brings back. What does
 * not depend on that is struck by `cellsWithWholeLog`, and not again.
 */
export const cellsWithCutLog: readonly FileCell[] = [
  ...cellsOf(table, ['bit flip', 'lost tail']),
  ...cellsOf(writeAheadLog, ['bit flip', 'lost tail']),
  ...cellsOf(writeAheadLog, ['deletion'], repaired),
  ...cellsOf(manifest, ['lost tail', 'deletion']),
  ...cellsOf(current, ['deletion'], repaired),
  ...cellsOf(exactly('raft/witness'), ['stale copy']),
  ...cellsOf(exactly('raft/witness'), ['deletion'], repaired),
  ...cellsOf(exactly('raft/log'), ['deletion', 'stale copy'], repaired),
  ...cellsOf(installedStateFiles.table, ['bit flip', 'deletion']),
  ...cellsOf(installedStateFiles.writeAheadLog, ['bit flip', 'lost tail', 'deletion']),
  ...cellsOf(installedStateFiles.manifest, ['lost tail']),
  ...cellsOf(installedStateFiles.current, ['deletion'], repaired),
  ...cellsOf(installedState, ['deletion'], repaired),
  ...cellsOf(installedState, ['stale copy']),
  ...cellsOf(exactly('state.pointer'), ['bit flip', 'stale copy']),
  ...cellsOf(exactly('state.pointer'), ['truncation', 'lost tail', 'deletion'], repaired),
  ...cellsOf(exactly('.'), ['stale copy'], { ends: ['says it is damaged'] }),
  ...cellsOf(exactly('raft/snapshot.arrived'), ['bit flip', 'truncation'], {
    scene: snapshotHasArrived,
    ends: ['snapshot refused'],
  }),
  ...cellsOf(exactly('raft/snapshot.arrived'), ['deletion'], { scene: snapshotHasArrived, ends: ['nothing lost'] }),
  ...cellsOf(exactly('raft/snapshot.part'), changes, { scene: snapshotIsArriving, ...mayRefuse }),
  ...cellsOf(exactly('raft/snapshot.offer'), changes, { scene: snapshotIsArriving, ...mayRefuse }),
  ...cellsOf(within('snapshots'), ['bit flip'], { scene: snapshotWasMade, ends: ['nothing lost'] }),
].map((cell) => ({ ...cell, target: atCutLog(cell.target) }))
