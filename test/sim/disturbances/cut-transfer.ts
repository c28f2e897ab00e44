import { awaitSnapshot, type SentFrame } from './await-snapshot.ts'
import type { Disturbance, Strike } from './disturbance.ts'
import { leaveBehind } from './leave-behind.ts'

/** Something comes between while a peer is sent a snapshot: the connection, the one who sends it, or the one who gets it. */
export const cutTransfer: Disturbance = {
  name: 'cut transfer',
  everyTicks: 600,
  strike: (strike) => {
    const { peer, stage, dice } = strike
    if (!leaveBehind(strike)) return false
    let framesLeft = dice.between(1, 16)
    const isTime = ({ from, to }: SentFrame) => (from === peer.id || to === peer.id) && --framesLeft === 0
    const delayUs = dice.between(1, 3_000)
    const how = dice.pick(['reset', 'cut', 'sender', 'receiver', 'power', 'power in a write'] as const)
    const downUs = dice.exponential(1_500_000)
    awaitSnapshot(stage, { isTime, delayUs }, (sent) => interfere(strike, sent, { how, downUs }))
    return true
  },
}

function interfere(
  { peer, stage, dice }: Strike,
  { from, to }: SentFrame,
  { how, downUs }: { readonly how: string; readonly downUs: number },
): void {
  const links = [stage.network.link(from, to), stage.network.link(to, from)]
  const sender = stage.peers.find(({ id }) => id === (from === peer.id ? to : from))!
  if (how === 'reset') for (const link of links) stage.network.reset(link)
  else if (how === 'cut') {
    for (const link of links) stage.network.cut(link)
    stage.undoAfter(downUs, () => {
      for (const link of links) stage.network.mend(link)
    })
  } else if (how === 'sender') stage.crash(sender, 'process', downUs)
  else if (how === 'power in a write') {
    peer.disk.powerCutAfterWrites = dice.between(1, 4)
    peer.disk.onPowerCut = () => stage.crash(peer, 'power', downUs)
  } else stage.crash(peer, how === 'power' ? 'power' : 'process', downUs)
}
