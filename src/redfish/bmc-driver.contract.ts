import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SystemFacts } from './facts.ts'
import type { BmcConnection, BmcDriver, BmcTarget, ResetRequest } from './port.ts'
import type { SampleNode } from './testing/sample-tree.ts'

/** The BMC that every implementation is held against: two nodes, the first on, the second off. */
export const contractNodes: readonly SampleNode[] = [
  { id: 'Node0', mac: '00:40:a6:83:52:5f', powerState: 'On' },
  { id: 'Node1', mac: '00:40:a6:83:52:60', powerState: 'Off' },
]

/** One BMC and a driver for it, as an implementation of the port brings them to the contract. */
export interface ContractHarness {
  readonly driver: BmcDriver
  readonly target: BmcTarget
  /** Reset types that reached the BMC for this system, in order. */
  resets(systemPath: string): readonly unknown[]
  /** The BMC refuses the next reset with 409 and the message `ResourceInUse`. */
  refuseNextReset(): void
  /** The BMC takes the next reset and the connection breaks before it answers. */
  loseNextAnswer(): void
  /** The BMC takes the next reset and says nothing. */
  hangNextReset(): void
  /** Nothing listens there any more. */
  goAway(): Promise<void>
  sessionsOpen(): number
  /** Lets pass the time in which a reset shows in the power state. */
  settle(): void
  dispose(): Promise<void>
}

/** What every BmcDriver guarantees. */
export function bmcDriverContract(name: string, makeHarness: () => Promise<ContractHarness>): void {
  describe(`BmcDriver contract: ${name}`, () => {
    const signal = new AbortController().signal
    let harness: ContractHarness
    let connection: BmcConnection

    beforeEach(async () => {
      harness = await makeHarness()
      connection = harness.driver.open(harness.target)
    })
    afterEach(async () => {
      await harness.driver.close()
      await harness.dispose()
    })

    const nodes = async (): Promise<readonly SystemFacts[]> => (await connection.explore({ signal })).systems

    const command = async (ordinal: number, type: ResetRequest['type']): Promise<ResetRequest> => {
      const node = (await nodes()).find((system) => system.nodeOrdinal === ordinal)!
      return { systemPath: node.path, target: node.reset!.target, type }
    }

    test('an exploration names the nodes by their resource ids, whatever order the BMC lists them in', async () => {
      const found = await connection.explore({ signal })
      expect(found.systems.map((system) => [system.id, system.nodeOrdinal, system.powerState])).toEqual([
        ['Node0', 0, 'on'],
        ['Node1', 1, 'off'],
      ])
      expect(found.systems.map((system) => system.reset?.types)).toEqual([
        ['On', 'Off', 'ForceOff'],
        ['On', 'Off', 'ForceOff'],
      ])
      expect(found.systems.map((system) => [system.bootNic?.mac, system.bootNic?.reason])).toEqual([
        [contractNodes[0]!.mac, 'boot_order'],
        [contractNodes[1]!.mac, 'boot_order'],
      ])
      expect(found.bmc?.id).toBe('BMC')
      expect(found.gaps).toEqual([])
      expect(found.spkiSha256).toBe(connection.spkiSha256)
      expect(connection.profile.name).toBe('cray-ex')
    })

    test("an operator's boot MAC wins, for the node that it was set for", async () => {
      const found = await connection.explore({ signal, pinnedMacs: new Map([[1, 'a4:bf:01:02:03:0f']]) })
      expect(found.systems.map((system) => system.bootNic?.reason)).toEqual(['boot_order', 'operator_pin'])
      expect(found.systems[1]!.bootNic?.mac).toBe('a4:bf:01:02:03:0f')
    })

    test('the power state is read with the moment at which it was asked', async () => {
      const [first, second] = await nodes()
      const earlier = await connection.powerState(first!.path, signal)
      const later = await connection.powerState(second!.path, signal)
      expect([earlier.state, later.state]).toEqual(['on', 'off'])
      expect(later.observedMs).toBeGreaterThanOrEqual(earlier.observedMs)
    })

    test('a reset is sent once, and the power state follows', async () => {
      const request = await command(0, 'ForceOff')
      expect(await connection.reset(request, () => true, signal)).toMatchObject({ kind: 'accepted' })
      harness.settle()
      expect((await connection.powerState(request.systemPath, signal)).state).toBe('off')
      expect(harness.resets(request.systemPath)).toEqual(['ForceOff'])
    })

    test('nothing reaches the BMC when the guard refuses', async () => {
      const request = await command(0, 'ForceOff')
      expect(await connection.reset(request, () => false, signal)).toEqual({ kind: 'guard_refused' })
      expect(harness.resets(request.systemPath)).toEqual([])
      expect((await connection.powerState(request.systemPath, signal)).state).toBe('on')
    })

    test('the guard is asked once, and not before the BMC can be written to', async () => {
      const request = await command(0, 'ForceOff')
      let asked = 0
      const guard = () => {
        asked++
        return true
      }
      await connection.reset(request, guard, signal)
      expect(asked).toBe(1)
      await harness.goAway()
      expect(await connection.reset(request, guard, signal)).toMatchObject({
        kind: 'not_sent',
        reason: { code: 'BMC_UNREACHABLE' },
      })
      expect(asked).toBe(1)
    })

    test('a guard that throws is a defect, and nothing is sent', async () => {
      const request = await command(0, 'ForceOff')
      const guard = () => {
        throw new Error('no lease at all')
      }
      await expect(connection.reset(request, guard, signal)).rejects.toThrow('no lease at all')
      expect(harness.resets(request.systemPath)).toEqual([])
    })

    test("a refusal is an answer, with the BMC's reason", async () => {
      const request = await command(1, 'On')
      harness.refuseNextReset()
      expect(await connection.reset(request, () => true, signal)).toMatchObject({
        kind: 'refused',
        httpStatus: 409,
        messageId: 'ResourceInUse',
        text: expect.stringMatching(/./) as string,
      })
      harness.settle()
      expect((await connection.powerState(request.systemPath, signal)).state).toBe('off')
    })

    test('a reset whose answer is lost has an unknown outcome and is not sent again', async () => {
      const request = await command(0, 'ForceOff')
      harness.loseNextAnswer()
      expect(await connection.reset(request, () => true, signal)).toMatchObject({ kind: 'unknown' })
      harness.settle()
      expect((await connection.powerState(request.systemPath, signal)).state).not.toBe('powering_off')
      expect(harness.resets(request.systemPath)).toEqual(['ForceOff'])
    })

    test('a reset that is cancelled after it was sent has an unknown outcome', async () => {
      const request = await command(0, 'ForceOff')
      harness.hangNextReset()
      const cancel = new AbortController()
      const answer = connection.reset(
        request,
        () => {
          setTimeout(() => cancel.abort(), 20)
          return true
        },
        cancel.signal,
      )
      expect(await answer).toMatchObject({ kind: 'unknown', reason: { code: 'CANCELLED' } })
    })

    test('a reset that is cancelled before it is sent was not sent', async () => {
      const request = await command(0, 'ForceOff')
      const answer = await connection.reset(request, () => true, AbortSignal.abort())
      expect(answer).toMatchObject({ kind: 'not_sent', reason: { code: 'CANCELLED' } })
      expect(harness.resets(request.systemPath)).toEqual([])
    })

    test('a wrong password is an error of its own, for reads and for resets', async () => {
      const request = await command(0, 'ForceOff')
      const { address, tls, credential } = harness.target
      const wrong = harness.driver.open({ address, tls, credential: { ...credential, password: 'wrong' } })
      const expected = { code: 'BMC_AUTHENTICATION_FAILED', message: expect.stringContaining(wrong.address) as string }
      await expect(wrong.explore({ signal })).rejects.toMatchObject(expected)
      await expect(wrong.powerState(request.systemPath, signal)).rejects.toMatchObject(expected)
      expect(await wrong.reset(request, () => true, signal)).toMatchObject({ kind: 'not_sent', reason: expected })
      expect(harness.resets(request.systemPath)).toEqual([])
    })

    test('a BMC that is not there is unreachable', async () => {
      await harness.goAway()
      await expect(connection.explore({ signal })).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' })
    })

    test('a call that was cancelled says so', async () => {
      await expect(connection.explore({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
    })

    test('closing leaves no session behind, and calls afterwards are cancelled', async () => {
      const request = await command(0, 'ForceOff')
      expect(harness.sessionsOpen()).toBe(1)
      await connection.close()
      await connection.close()
      expect(harness.sessionsOpen()).toBe(0)
      await expect(connection.powerState(request.systemPath, signal)).rejects.toMatchObject({ code: 'CANCELLED' })
      expect(await connection.reset(request, () => true, signal)).toMatchObject({ kind: 'not_sent' })
      expect(harness.resets(request.systemPath)).toEqual([])
    })

    test('closing the driver closes its connections', async () => {
      await nodes()
      await harness.driver.close()
      expect(harness.sessionsOpen()).toBe(0)
    })

    test('an address that is none is refused at once', () => {
      expect(() => harness.driver.open({ ...harness.target, address: 'https://h/redfish/v1' })).toThrow(
        expect.objectContaining({ code: 'BMC_ADDRESS_INVALID' }),
      )
    })
  })
}
