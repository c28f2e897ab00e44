import type { Collected } from './collect.ts'
import type { RecoveryPlan } from './plan.ts'

/** What the operator has to know before anything is done. */
export function planText(plan: RecoveryPlan, all: readonly Collected[]): string {
  const { lostIndexes, lostRevisions } = plan
  const lost =
    lostIndexes.to === 0
      ? 'Nothing that any of them knows of is lost.'
      : `Lost for good: entries ${lostIndexes.from} to ${lostIndexes.to}, ${revisionsText(lostRevisions)}.`
  return [
    'What is left:',
    ...all.flatMap((of) => [
      `  ${of.peerName === '' ? '(no identity)' : of.peerName}  ${of.directory}`,
      `      ${logText(of)}`,
      `      ${stateText(of)}`,
    ]),
    `${goOnText(plan)}: entry ${plan.lastIndex}, revision ${plan.lastRevision}, in term ${plan.term}.`,
    lost,
    '',
  ].join('\n')
}

function logText({ truncationIndex, lastIndex, lastRevision, damage }: Collected): string {
  if (lastIndex === 0) return `nothing of its log can be read: ${damage}`
  const revision = lastRevision === 0 ? '' : `, revision ${lastRevision}`
  const begin = truncationIndex === 0 ? '' : ` behind entry ${truncationIndex}`
  return `the log is whole${begin} up to entry ${lastIndex}${revision}${damage === '' ? '' : `; ${damage}`}`
}

function stateText({ state: { name, index, revision, problem } }: Collected): string {
  const stands = `${name}: the state stands at entry ${index}, revision ${revision}`
  if (problem === '') return stands
  return index === 0 ? problem : `${stands}; ${problem}`
}

function goOnText({ source, state }: RecoveryPlan): string {
  switch (state.kind) {
    case 'replayed':
      return `All go on with the log of ${source}, which makes their states anew, up to its end`
    case 'copied':
      return `All go on with the log of ${source}, from the state of ${state.directory}, up to its end`
    case 'ahead':
      return `All go on with the state of ${state.directory}, which is further than any log`
  }
}

function revisionsText({ from, to, isExact }: RecoveryPlan['lostRevisions']): string {
  // What the state of nobody had applied yet leaves no trace of its revisions.
  if (to < from) return isExact ? 'and no revision' : `the revisions from ${from} on`
  return `revisions ${from} to ${to}${isExact ? '' : ', and later ones if there were any'}`
}
