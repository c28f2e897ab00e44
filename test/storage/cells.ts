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
  /** What is struck in the same way at the same time. */
  readonly also?: Target
  /** Where the peer is brought before; left out, it is stopped as it is. */
  readonly scene?: Scene
  /** Any other end is wrong. Left out, what was lost decides alone. */
  readonly ends?: readonly Outcome[]
}

type FaultName = (typeof fileFaults)[number]['name']

function cellsOf(
  target: Target,
  names: readonly FaultName[],
  expected: Omit<FileCell, 'target' | 'fault'> = {},
): readonly FileCell[] {
  return names.map((name) => {
    const fault = fileFaults.find((candidate) => candidate.name === name)
    if (fault === undefined) throw new Error(`there is no fault ${name}`)
    return { target, fault, ...expected }
  })
}

/** Every file of a peer whose log was never cut, in every way. */
export const cellsWithWholeLog: readonly FileCell[] = [
  ...fileTargets.flatMap((target) => fileFaults.map((fault) => ({ target, fault }))),
  ...directoryTargets.flatMap((target) =>
    fileFaults.filter(({ forDirectories }) => forDirectories).map((fault) => ({ target, fault })),
  ),
]

const stateFiles = databaseFiles('state')

/**
 * A disk that drops what it has promised drops it everywhere. What the state has applied, and what the log itself says
 * was committed, is then as old as the log: only the tail witness tells that there was more.
 */
export const cellsOfLogAndState: readonly FileCell[] = [
  ...cellsOf(
    { ...logFiles.writeAheadLog, name: 'raft/log and state/write-ahead log' },
    ['bit flip', 'truncation', 'lost tail', 'deletion', 'stale copy'],
    { also: stateFiles.writeAheadLog },
  ),
  ...cellsOf({ ...exactly('raft/log'), name: 'raft/log and state' }, ['stale copy'], {
    also: exactly('state'),
    ends: ['repaired by the others'],
  }),
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
