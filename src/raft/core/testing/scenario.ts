import { CoreInvariantError } from '../errors.ts'
import { none, type Entry, type Message, type PeerId } from '../types.ts'
import { confChangeOf, encodeConfChange } from './conf-text.ts'
import { configLines, logLines, messageText, statusLines, turnLines } from './scenario-lines.ts'
import { defaultSimConfig, SimCluster } from './sim-cluster.ts'
import type { SimPeer } from './sim-peer.ts'
import { encodeText } from './text.ts'

/**
 * Runs a scenario and returns its text with what really comes out. A block is lines of commands, `----`, and what they
 * cause up to the next empty line; `#` begins a comment. Commands, with peers `1`, `2`, …:
 *
 *     peers 3 [learners=4] [spare=5,6] [fresh] [down] [electionTicks=10 …]
 *                                                    makes a cluster; nobody knows the spare peers yet
 *     given 1 terms=1,2,2 [conf=3:joint_+4_-1] [commit=2] [term=3] [vote=2] [size=10]
 *                                                    what the disk of a peer that is down holds
 *     start 1 2 · crash 1 [keep=1] · cut 3 · heal    `keep`: so many writes reached the disk
 *     stall 2 · unstall 2                            its disk hangs: settle ends no write of it
 *     random 1 7 · tick 1 [20] · campaign 1 · forget 1 · unreachable 1 2
 *     conf 1 joint +4 -1 · transfer 1 2 · prefer 1 2=5    see `conf-text.ts` for changes of the configuration
 *     snapshot 1 · compact 1 5 · report 1 2 failed   takes a snapshot; forgets entries up to 5
 *     propose 1 x y · propose 1 size=100 · read 1 a
 *     deliver|drop|copy 1->2 [kind] [first|last]     of what is in flight; `*` is any peer
 *     sync 1 [one] · apply 1                         ends the writes of a peer; applies what is committed
 *     settle · elect 1                               all of that until nothing is left to do, unseen
 *     status [1] · log [1] · config [1] · flight
 *     together read 1 a; read 1 b                    in one turn of the loop
 *     quietly tick 1 100                             without showing what it causes
 */
export function runScenario(text: string): string {
  const scenario = new Scenario()
  const output: string[] = []
  let commands: string[] = []
  let skipping = false
  for (const line of text.split('\n')) {
    if (skipping) {
      skipping = line !== ''
      if (!skipping) output.push(line)
    } else if (line === '----') {
      const lines = scenario.run(commands)
      output.push(line, ...(lines.length === 0 ? ['nothing'] : lines))
      commands = []
      skipping = true
    } else {
      output.push(line)
      if (line !== '' && !line.startsWith('#')) commands.push(line)
    }
  }
  if (commands.length > 0) throw new Error(`these commands are never run: ${commands.join('; ')}`)
  return `${output.join('\n').trimEnd()}\n`
}

/** One cluster and its story so far. */
class Scenario {
  #cluster: SimCluster | undefined
  #lines: string[] = []
  readonly #random = new Map<PeerId, number>()
  readonly #cut = new Set<PeerId>()
  readonly #stalled = new Set<PeerId>()
  #quiet = false

  run(commands: readonly string[]): readonly string[] {
    this.#lines = []
    for (const command of commands) {
      try {
        this.#runCommand(command)
      } catch (error) {
        const broken = error instanceof CoreInvariantError
        this.#lines.push(broken ? `error: ${error.message}` : `wrong scenario: ${command}: ${String(error)}`)
      }
    }
    return this.#lines
  }

  #runCommand(command: string): void {
    const [, quietly = '', together = '', rest = ''] = /^(quietly )?(together )?(.*)$/.exec(command) ?? []
    this.#quiet = quietly !== ''
    for (const part of together === '' ? [rest] : rest.split(';')) this.#carryOut(part.trim())
    this.#cluster?.run()
    this.#quiet = false
  }

  get #peers(): SimCluster {
    if (this.#cluster === undefined) throw new Error('the first command is peers')
    return this.#cluster
  }

  #carryOut(command: string): void {
    const [name = '', ...words] = command.split(/\s+/)
    const first = words[0] ?? ''
    switch (name) {
      case 'peers':
        return this.#make(words)
      case 'given':
        return given(this.#peers.peer(first), words.slice(1))
      case 'deliver':
        return this.#deliver(words)
      case 'drop':
        return void this.#take(words)
      case 'copy':
        return this.#copy(words)
      case 'settle':
        return this.#settle()
      case 'elect':
        this.#peers.peer(first).core.campaign()
        return this.#settle()
      case 'status':
        return void this.#lines.push(...this.#chosen(words).flatMap(statusLines))
      case 'log':
        return void this.#lines.push(...this.#chosen(words).flatMap(logLines))
      case 'config':
        return void this.#lines.push(...this.#chosen(words).flatMap(configLines))
      case 'flight':
        return void this.#lines.push(...this.#peers.inFlight.map(messageText))
      case 'start':
        return words.forEach((id) => this.#peers.start(id))
      case 'cut':
        return words.forEach((id) => this.#cut.add(id))
      case 'heal':
        return this.#cut.clear()
      case 'stall':
        return words.forEach((id) => this.#stalled.add(id))
      case 'unstall':
        return words.forEach((id) => this.#stalled.delete(id))
      default:
        return this.#peerCommand(name, this.#peers.peer(first), words.slice(1))
    }
  }

  #peerCommand(name: string, peer: SimPeer, words: readonly string[]): void {
    const first = words[0] ?? ''
    switch (name) {
      case 'crash':
        return this.#peers.crash(peer.id, { keepWrites: Number(first.replace('keep=', '')) })
      case 'random':
        return void this.#random.set(peer.id, Number(first))
      case 'tick':
        return this.#tick(peer, Number(first || 1))
      case 'campaign':
        return peer.core.campaign()
      case 'forget':
        return peer.core.forgetLeader()
      case 'unreachable':
        return peer.core.reportUnreachable(first)
      case 'propose':
        return this.#propose(peer, words)
      case 'conf':
        return this.#refused(
          peer,
          peer.core.proposeConfChange(confChangeOf(words.join(' ')), encodeConfChange(words.join(' '))),
        )
      case 'transfer':
        return this.#refused(peer, peer.core.transferLeader(first))
      case 'prefer':
        return peer.core.setPriorities(new Map(words.map((word) => [word.split('=')[0]!, Number(word.split('=')[1])])))
      case 'snapshot':
        return peer.takeSnapshot()
      case 'compact':
        return peer.disk.compact(Number(first))
      case 'report':
        return peer.core.reportSnapshot(first, words[1] === 'delivered')
      case 'read':
        return peer.core.readIndex(first)
      case 'sync':
        return this.#sync(peer, first === 'one')
      case 'apply':
        while (peer.applies.length > 0) this.#peers.apply(peer)
        return
      default:
        throw new Error(`there is no command ${name}`)
    }
  }

  #make(words: readonly string[]): void {
    const voters = Array.from({ length: Number(words[0]) }, (_, at) => `${at + 1}`)
    const config: Record<string, number> = {}
    const listed = (name: string) =>
      words
        .find((word) => word.startsWith(`${name}=`))
        ?.slice(name.length + 1)
        .split(',') ?? []
    const [learners, spare] = [listed('learners'), listed('spare')]
    for (const [, name = '', value] of words.slice(1).map((word) => /^(\w+)=(\d+)$/.exec(word) ?? [])) {
      if (name in defaultSimConfig) config[name] = Number(value)
    }
    this.#cluster = new SimCluster({
      voters,
      learners,
      spare,
      config,
      fresh: words.includes('fresh'),
      random: (id) => this.#random.get(id) ?? 0,
      onTurn: (peer, turn) => {
        if (!this.#quiet) this.#lines.push(...turnLines(peer, turn))
      },
    })
    if (!words.includes('down')) for (const id of [...voters, ...learners, ...spare]) this.#cluster.start(id)
  }

  #chosen(ids: readonly PeerId[]): readonly SimPeer[] {
    return ids.length > 0 ? ids.map((id) => this.#peers.peer(id)) : [...this.#peers.peers.values()]
  }

  #tick(peer: SimPeer, count: number): void {
    for (let tick = 0; tick < count; tick++) {
      peer.core.tick()
      this.#peers.run()
    }
  }

  #propose(peer: SimPeer, words: readonly string[]): void {
    const size = /^size=(\d+)$/.exec(words[0] ?? '')?.[1]
    const data = size === undefined ? words.map(encodeText) : [encodeText('x'.repeat(Number(size)))]
    this.#refused(peer, peer.core.propose(data))
  }

  #refused(peer: SimPeer, refusal: string | undefined): void {
    if (refusal !== undefined) this.#lines.push(`${peer.id}: refused, ${refusal}`)
  }

  #sync(peer: SimPeer, onlyOne: boolean): void {
    for (let writes = onlyOne ? 1 : Infinity; writes > 0 && peer.writes.length > 0; writes--) {
      const leaving = this.#peers.sync(peer).map(messageText)
      if (!this.#quiet) this.#lines.push(...leaving)
      this.#peers.run()
    }
  }

  /** Takes messages out of what is in flight. */
  #take(words: readonly string[]): readonly Message[] {
    const [, from, to] = /^(\w+|\*)->(\w+|\*)$/.exec(words[0] ?? '') ?? []
    const kind = words.slice(1).find((word) => word !== 'first' && word !== 'last')
    const matching = this.#peers.inFlight.filter(
      (message) =>
        (from === '*' || from === message.from) &&
        (to === '*' || to === message.to) &&
        (kind === undefined || kind === message.type),
    )
    if (matching.length === 0) throw new Error('no such message is in flight')
    const taken = words.includes('first')
      ? matching.slice(0, 1)
      : words.includes('last')
        ? matching.slice(-1)
        : matching
    this.#peers.inFlight = this.#peers.inFlight.filter((message) => !taken.includes(message))
    return taken
  }

  #deliver(words: readonly string[]): void {
    for (const message of this.#take(words)) {
      if (this.#passes(message)) this.#peers.deliver(message)
      this.#peers.run()
    }
  }

  #copy(words: readonly string[]): void {
    const taken = this.#take(words)
    this.#peers.inFlight.push(...taken, ...taken.map((message) => ({ ...message })))
  }

  #passes(message: Message): boolean {
    return !this.#cut.has(message.from) && !this.#cut.has(message.to)
  }

  #settle(): void {
    this.#quiet = true
    this.#peers.settle({ passes: (message) => this.#passes(message), stalled: this.#stalled })
    this.#quiet = false
    this.#lines.push(...this.#chosen([]).flatMap(statusLines))
  }
}

/** Gives the disk of a peer that is down a log: the bootstrap entry, and entries of these terms from index 2 on. */
function given(peer: SimPeer, words: readonly string[]): void {
  const of = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
  const terms = (of('terms') ?? '1').split(',').map(Number)
  const data = encodeText('x'.repeat(Number(of('size') ?? 0)))
  const confs = new Map(
    words.filter((word) => word.startsWith('conf=')).map((word) => word.slice(5).split(':') as [string, string]),
  )
  const entries = terms.map((term, at): Entry => {
    const conf = confs.get(`${at + 1}`)
    if (conf === undefined) return { term, index: at + 1, type: 'normal', data }
    return { term, index: at + 1, type: 'conf_change', data: encodeConfChange(conf.replaceAll('_', ' ')) }
  })
  peer.disk.append(entries.slice(1))
  const term = Number(of('term') ?? terms.at(-1))
  peer.disk.setHardState({ term, vote: of('vote') ?? none, commit: Number(of('commit') ?? 1) })
}
