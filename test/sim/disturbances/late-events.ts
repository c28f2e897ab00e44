import type { Disturbance } from './disturbance.ts'

/** Events of the consensus reach the state late, and answers to its reads overtake them. */
export const lateEvents: Disturbance = {
  name: 'late events',
  everyTicks: 300,
  strike: ({ peer, stage, dice }) => {
    peer.eventDelayMaxUs = dice.pick([2_000, 50_000, 1_500_000])
    stage.undoAfter(dice.exponential(6_000_000), () => {
      peer.eventDelayMaxUs = 0
    })
    return true
  },
}
