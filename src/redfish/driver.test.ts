import { addressPolicy } from './address-policy.ts'
import { bmcDriverContract, contractNodes } from './bmc-driver.contract.ts'
import { redfishDriver } from './driver.ts'
import { sampleTree } from './testing/sample-tree.ts'
import { refusal, TestBmc } from './testing/test-bmc.ts'

const anyReset = /\/Actions\/ComputerSystem\.Reset$/

for (const expand of [true, false]) {
  bmcDriverContract(expand ? 'Redfish over HTTPS, with $expand' : 'Redfish over HTTPS', async () => {
    const bmc = await TestBmc.start(sampleTree(contractNodes, { expand }))
    let here = true
    return {
      driver: redfishDriver({ policy: addressPolicy(['127.0.0.0/8']) }),
      target: bmc.target(),
      resets: (path) => bmc.resets(path),
      refuseNextReset: () => bmc.next('POST', anyReset, refusal(409, 'ResourceInUse', 'the system is busy')),
      loseNextAnswer: () => bmc.next('POST', anyReset, 'break'),
      hangNextReset: () => bmc.next('POST', anyReset, 'hang'),
      goAway: async () => {
        here = false
        await bmc.stop()
      },
      sessionsOpen: () => bmc.tokens.size,
      settle: () => undefined,
      dispose: async () => {
        if (here) await bmc.stop()
      },
    }
  })
}
