import { createHash, randomBytes } from 'node:crypto'
import { chmod, cp, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { AppliedMarkSchema } from '../../src/gen/trivet/log/v1/log_pb.ts'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { markKey } from '../../src/state/storage/keys.ts'
import { LevelKeyValue } from '../../src/state/storage/level-key-value.ts'
import type { PeerOptions } from '../support/processes/peer-process.ts'
import { digestsOf, refusedStart, writeAheadLog } from '../support/processes/refused-start.ts'
import type { Site } from '../support/processes/site.ts'
import { useSite } from '../support/processes/use-site.ts'

const useLone = useSite({ purpose: 'start' }, async (site) => {
  await site.client(InventoryService).createGroup({ name: 'kept' })
  await site.peers[0]!.stop()
})

/** The lone peer's options, with other settings. */
function loneWith(site: Site, settings: Readonly<Record<string, string>>, dataDir?: string): PeerOptions {
  const [{ addresses, dataDir: own, logFile }] = site.peers as [Site['peers'][number]]
  return { addresses, dataDir: dataDir ?? own, logFile, settings }
}

describe('a data directory', () => {
  test('of another cluster is refused with both ids, and nothing in it is changed', async () => {
    const site = useLone()
    const [peer] = site.peers
    const identity = await readFile(join(peer!.dataDir, 'raft', 'identity.json'), 'utf8')
    const { clusterId } = JSON.parse(identity) as { clusterId: string }
    const before = await digestsOf(peer!.dataDir)
    const { code, text } = await refusedStart(
      loneWith(site, {
        'initial-peers': `alone=${peer!.addresses.peer},other=127.0.0.1:1`,
        'seal-key-file': site.workspace.sealKeyFile,
      }),
    )
    expect(code).toBe(42)
    expect(text).toContain(`of cluster ${clusterId}; this is peer `)
    const wanted = /this is peer [0-9a-f]+ of cluster ([0-9a-f]+);/.exec(text)?.[1]
    expect(wanted).toMatch(/^[0-9a-f]{8,}$/)
    expect(wanted).not.toBe(clusterId)
    expect(text).toContain('nothing was changed')
    expect(await digestsOf(peer!.dataDir)).toEqual(before)
  })

  test('of a newer state version is refused, and nothing in it is changed', async () => {
    const site = useLone()
    const dataDir = join(site.workspace.path, 'newer')
    await cp(site.peers[0]!.dataDir, dataDir, { recursive: true })
    const keyValue = await LevelKeyValue.open(join(dataDir, 'state'), { create: false })
    const mark = fromBinary(AppliedMarkSchema, (await keyValue.get(markKey))!.subarray(16))
    const bytes = toBinary(AppliedMarkSchema, { ...mark, stateVersion: 77 })
    const sum = createHash('sha256').update(bytes).digest().subarray(0, 16)
    await keyValue.batch([{ key: markKey, value: new Uint8Array([...sum, ...bytes]) }], { sync: true })
    await keyValue.close()
    const { code, text } = await refusedStart(loneWith(site, {}, dataDir))
    expect(code).toBe(42)
    expect(text).toMatch(/format 77; this release reads format 1; nothing was changed/)
  })

  test('whose log is damaged keeps a peer that stands alone from starting, with the reason', async () => {
    const site = useLone()
    const dataDir = join(site.workspace.path, 'damaged')
    await cp(site.peers[0]!.dataDir, dataDir, { recursive: true })
    const log = await writeAheadLog(dataDir)
    await truncate(log, Math.floor((await stat(log)).size / 2))
    const { code, text } = await refusedStart(loneWith(site, {}, dataDir))
    expect(code).toBe(42)
    expect(text).toMatch(/is damaged: .*(log|entry|committed)/)
    expect(text).toContain('trivet recovery plan')
  })

  test('that was left as it is serves on: none of the refusals above has done it harm', async () => {
    const site = useLone()
    await site.restart(site.peers[0]!)
    expect((await site.client(InventoryService).getGroup({ group: 'kept' })).group?.name).toBe('kept')
    await site.peers[0]!.stop()
  })
})

describe('a configuration', () => {
  test.each(['api', 'peer', 'admin'])('with an %s listener that others reach is refused', async (listener) => {
    const site = useLone()
    const options = loneWith(site, {}, join(site.workspace.path, `listen-${listener}`))
    const addresses = { ...options.addresses, [listener]: '0.0.0.0:0' }
    const { code, text } = await refusedStart({ ...options, addresses })
    expect(code).toBe(65)
    expect(text).toContain(`${listener}-listen 0.0.0.0:0`)
    expect(text).toContain('loopback')
  })

  test.each([
    ['log-level: info\ndat-dir: /var/lib/trivet\n', '2:1: unknown setting "dat-dir"'],
    ['log-level: info\n\tname: a\n', '2:1: a tab cannot indent YAML; use spaces\n'],
    ['log-level: loud\n', '1:1: '],
  ])('file with %j is refused at line and column', async (text, place) => {
    const site = useLone()
    const file = join(site.workspace.path, 'trivet.yaml')
    await writeFile(file, text)
    const refused = await refusedStart(loneWith(site, { config: file }))
    expect(refused.code).toBe(65)
    expect(refused.text).toContain(`${file}:${place}`)
  })

  test('with a sealing key that others may read is refused and names the file', async () => {
    const site = useLone()
    const file = join(site.workspace.path, 'open.key')
    await writeFile(file, randomBytes(32).toString('base64'))
    await chmod(file, 0o644)
    const { code, text } = await refusedStart(loneWith(site, { 'seal-key-file': file }))
    expect(code).toBe(65)
    expect(text).toContain(`${file}: others may read it (mode 644)`)
  })
})
