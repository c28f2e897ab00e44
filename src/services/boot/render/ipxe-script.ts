import { commandLineSizeBytesMax } from '../rules/kernel-line.ts'
import type { PeerLoop } from './peer-loop.ts'

/** Inactivity after which iPXE gives up one download of a kernel or initrd; it restarts with every byte. */
const artifactTimeoutMs = 15_000

/** Rounds over the artifacts before the script is fetched anew: what it names may have changed. */
const artifactRounds = 5

const pauseS = 2
const waitS = 10

/** What a boot script is made of. Everything has been checked for characters that iPXE would change. */
export interface BootScriptFacts {
  readonly node: { readonly id: string; readonly xname: string }
  readonly attempt: { readonly sessionId: string; readonly number: number; readonly id: string }
  /** The rows that it is rendered from, with their revisions. */
  readonly from: string
  readonly kernel: string
  readonly initrd: string
  readonly parameters: string
  readonly peers: PeerLoop
}

/**
 * The script that boots a node: downloads kernel and initrd, each in a loop of its own, and when that does not work
 * asks the peers in turn for a newer script, forever. No stock client fails over by itself, so the script does
 * (reference: iPXE reads one A record, and without `--timeout` waits for a silent server without end). It never ends
 * in `exit`: the firmware would boot something else.
 */
export function bootScript(facts: BootScriptFacts): string {
  const { node, attempt, kernel, initrd, peers } = facts
  const fetchInitrd =
    initrd === '' ? '' : `initrd --name initrd --timeout ${artifactTimeoutMs} ${initrd} || goto again\n`
  return `#!ipxe
# trivet: node ${node.xname} (${node.id}), session ${attempt.sessionId}, attempt ${attempt.number}
# attempt-id: ${attempt.id}
# from: ${facts.from}
${peers.list}set tries:int32 0
echo trivet: ${node.xname}, attempt ${attempt.number}
:kernel
imgfree
kernel --name kernel --timeout ${artifactTimeoutMs} ${kernel} ${kernelArguments(facts)} || goto again
${fetchInitrd}boot ||
:again
inc tries
iseq \${tries} ${artifactRounds} && goto peers ||
sleep ${pauseS}
goto kernel
${peers.ask(`node=${node.id}`)}`
}

/**
 * The script for a machine that has nothing to boot, or that nobody knows: it waits and asks again, so that nothing
 * has to be power-cycled when somebody decides (boot rule R6). It claims nothing that a later read could contradict.
 */
export function waitingScript(facts: {
  readonly subject: string
  readonly peers: PeerLoop
  /** How it says who it is when it asks again. */
  readonly query: string
}): string {
  const { subject, query, peers } = facts
  return `#!ipxe
# trivet: ${subject} waits and asks again
${peers.list}echo trivet: nothing to boot for ${subject} yet; asking again
sleep ${waitS}
${peers.ask(query)}`
}

/** How a machine says who it is that nobody knows. */
export const ownNames = 'mac=${mac:hexhyp}&uuid=${uuid}'

/**
 * What the kernel gets beside the configured parameters. Its command line is read by every user of the node. As many
 * peers are named as fit: what a kernel cuts off it never misses.
 */
function kernelArguments(facts: BootScriptFacts): string {
  const { node, attempt, parameters } = facts
  const given = parameters.trim()
  const before = `${given}${given === '' ? '' : ' '}${facts.initrd === '' ? '' : 'initrd=initrd '}`
  const words = `${before}ds=nocloud trivet.node=${node.id} trivet.attempt=${attempt.id}`
  const seeds = facts.peers.urls.map((url) => `${url}/seed/${node.id}/${attempt.id}/`)
  for (; seeds.length > 0; seeds.pop()) {
    const all = `${words} trivet.seed=${seeds.join(',')}`
    if (fitsInto(all, commandLineSizeBytesMax)) return all
  }
  return words
}

/** A UTF-16 code unit takes three bytes at most, so that most texts need not be measured. */
function fitsInto(text: string, sizeBytesMax: number): boolean {
  return text.length * 3 <= sizeBytesMax || Buffer.byteLength(text) <= sizeBytesMax
}
