import { afterEach, describe, expect, test } from 'vitest'
import { startRoom } from '../../test/support/room/room.ts'
import { addressPolicy } from './address-policy.ts'
import { redfishDriver } from './driver.ts'
import { resetTypeFor } from './mapping/reset.ts'

const signal = new AbortController().signal
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

describe.for(['ilo', 'cray'] as const)('the emulated BMC %s', (profile) => {
  async function explored() {
    const room = await startRoom({
      nodes: 2,
      profile,
      powerDelayMs: { min: 20, max: 20 },
      kernelBytes: 1_024,
      initrdBytes: 1,
    })
    const driver = redfishDriver({ policy: addressPolicy(['127.0.0.0/8']) })
    cleanups.push(
      () => room.stop(),
      () => driver.close(),
    )
    const bmc = room.info.bmcs[0]!
    const { address, username, password } = bmc
    const connection = driver.open({ address, tls: { pin: bmc.spkiSha256 }, credential: { username, password } })
    return { room, bmc, driver, connection, found: await connection.explore({ signal }) }
  }

  test('is explored whole: its kind, its nodes, what they boot from', async () => {
    const { bmc, connection, found } = await explored()
    expect(found.gaps).toEqual([])
    expect(connection.profile.name).toBe(profile === 'ilo' ? 'ilo-before-7' : 'cray-ex')
    expect(found.systems.map((system) => [system.id, system.bootNic?.mac])).toEqual(
      bmc.nodes.map((node) => [node.system, node.mac]),
    )
    expect(found.systems.map((system) => system.nodeOrdinal)).toEqual(bmc.nodes.map((_, ordinal) => ordinal))
  })

  test('obeys one command each, which is seen to its end, and no session stays behind', async () => {
    const { room, connection, found } = await explored()
    const { path, reset } = found.systems[0]!
    const type = resetTypeFor(reset!.types, 'on')!
    const answer = await connection.reset({ systemPath: path, target: reset!.target, type }, () => true, signal)
    expect(answer.kind).toBe('accepted')
    await room.ledger.waitFor({ after: 0, kinds: new Set(['reset_done']) }, 5_000)
    await expect.poll(async () => (await connection.powerState(path, signal)).state, { timeout: 5_000 }).toBe('on')
    await connection.close()
    const { sessions, counters } = room.bmcs[0]!
    expect(sessions).toEqual({ open: 0, opened: 1 })
    expect(counters.resets).toEqual({ accepted: 1, refused: 0, overlaps: 0 })
    expect(counters.unauthorized).toBe(0)
  })

  test('is reached also when killed processes have left all of its sessions behind', async () => {
    const { room, bmc, driver, found } = await explored()
    const { address, username, password } = bmc
    const path = found.systems[0]!.path
    const states: string[] = []
    for (let left = 0; left < 14; left++) {
      const connection = driver.open({ address, tls: 'insecure', credential: { username, password } })
      states.push((await connection.powerState(path, signal)).state)
    }
    expect(new Set(states)).toEqual(new Set(['off']))
    const refused = room.ledger.lines({ after: 0, kinds: new Set(['login_refused']) })
    expect(refused.length).toBeGreaterThan(0)
    expect(new Set(refused.map((line) => line['reason']))).toEqual(new Set(['too_many_sessions']))
    expect(room.bmcs[0]!.locked).toBe(false)
  })
})
