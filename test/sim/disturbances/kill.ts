import type { Disturbance } from './disturbance.ts'

/** The process is killed: what the system holds back reaches the disk; connections are reset at once. */
export const kill: Disturbance = {
  name: 'kill',
  everyTicks: 500,
  strike: ({ peer, stage, dice }) => {
    stage.crash(peer, 'process', dice.exponential(1_500_000))
    return true
  },
}
