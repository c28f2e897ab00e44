import type { ReadIndexAnswer } from '../../consensus.ts'
import type { PendingWrite, Proposal } from '../../pending-write.ts'
import { etagOf } from '../../pure/row-reader.ts'
import type { WritePathPorts } from '../../write-path.ts'
import { WritePath } from '../../write-path.ts'

/** A simulation with, or without, one of the mistakes that log.md names in italics. */
export interface Mutant {
  /** False to see what goes wrong when nothing stops it. */
  readonly assertions: boolean
  /** The worker appends whatever comes while it leads. */
  readonly workerStampsTerm: boolean
  makeWritePath(ports: WritePathPorts): WritePath
}

/** Nothing is asserted of the entries that come back. */
function unchecked(path: WritePath): WritePath {
  Object.defineProperty(path, 'expect', { value: () => {} })
  return path
}

function mutant(Path: new (ports: WritePathPorts) => WritePath, workerStampsTerm = false) {
  return (assertions: boolean): Mutant => ({
    assertions,
    workerStampsTerm,
    makeWritePath: (ports) => (assertions ? new Path(ports) : unchecked(new Path(ports))),
  })
}

/** Without mistakes. */
export const sound = mutant(WritePath)

class OverlayKeptOverATerm extends WritePath {
  protected override emptyOverlay(): void {}
}

class EvaluatesBeforeFirstIndex extends WritePath {
  #term = 0

  override leadership(change: Parameters<WritePath['leadership']>[0]): void {
    this.#term = change.role === 'leader' ? change.term : 0
    super.leadership(change)
  }

  protected override mayEvaluate(): boolean {
    return this.#term > 0
  }
}

class NumbersReused extends WritePath {
  protected override nextNumber(previous: number): number {
    return previous + 1
  }
}

class OnlyRefusedOneDropped extends WritePath {
  protected override repeatedAfter(dropped: readonly Proposal[]): PendingWrite[] {
    // The transactions are evaluated again; refusals that stood on them are given as they were.
    for (const write of dropped.flatMap(({ writes }) => writes)) {
      if (write.refusal === undefined) continue
      write.refusal.standsOn = undefined
      if (write.refusal.isConfirmed) write.fail(write.refusal.error)
    }
    const proposed = dropped.flatMap(({ writes }) => writes.filter((write) => write.stage === 'proposed'))
    return proposed.flatMap((write) => this.takeBack(write))
  }
}

class AnswersByPromisedRevision extends WritePath {
  protected override propose(proposal: Proposal): void {
    super.propose(proposal)
    let revision = proposal.firstRevision
    for (const write of proposal.writes) {
      if (write.stage !== 'proposed') continue
      write.succeed({ revision, name: '', etag: etagOf('sim', revision), replayed: false })
      revision += 1
    }
  }
}

class NoReadIndex extends WritePath {
  protected override confirms(): boolean {
    return true
  }

  protected override confirmation(): Promise<ReadIndexAnswer> {
    return Promise.resolve({ ok: false, reason: 'timeout' })
  }
}

class ReadIndexByAnotherLeader extends WritePath {
  protected override confirms(answer: ReadIndexAnswer): boolean {
    return answer.ok
  }
}

class RefusalBeforeWhatItStandsOn extends WritePath {
  protected override standsOn(): undefined {
    return undefined
  }
}

class OverlayHitAnsweredAtOnce extends WritePath {
  protected override waitFor(write: PendingWrite, others: PendingWrite[]): void {
    super.waitFor(write, others)
    write.succeed({ revision: this.overlay.revision, name: '', etag: '', replayed: true })
  }
}

class OutcomesIgnored extends WritePath {
  constructor(ports: WritePathPorts) {
    const outcomes = { floor: '', get: () => undefined }
    super({
      ...ports,
      state: new Proxy(ports.state, { get: (state, name) => (name === 'outcomes' ? outcomes : of(state, name)) }),
    })
  }
}

/** What a property of the state is, with its private parts within reach. */
function of(state: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(state, name, state)
  return typeof value === 'function' ? value.bind(state) : value
}

class GhostAfterARefusal extends WritePath {
  protected override leavesOutcome(): boolean {
    return false
  }
}

/** By the words of log.md, each with the rule that it breaks. */
export const mutants = {
  'rule 1: overlay kept over a term': mutant(OverlayKeptOverATerm),
  'rule 2: evaluates before the first index': mutant(EvaluatesBeforeFirstIndex),
  'rule 6: term stamped by the worker': mutant(WritePath, true),
  'rule 6: numbers reused after a refusal': mutant(NumbersReused),
  'rule 7: only the refused one dropped': mutant(OnlyRefusedOneDropped),
  'rule 10: answers by promised revision': mutant(AnswersByPromisedRevision),
  'rule 11: no ReadIndex': mutant(NoReadIndex),
  'rule 11: ReadIndex by another leader': mutant(ReadIndexByAnotherLeader),
  'rule 11: refusal before what it stands on': mutant(RefusalBeforeWhatItStandsOn),
  'rule 14: kept outcomes ignored': mutant(OutcomesIgnored),
  'rule 15: overlay hit answered at once': mutant(OverlayHitAnsweredAtOnce),
  'rule 16: ghost after a refusal': mutant(GhostAfterARefusal),
} as const
