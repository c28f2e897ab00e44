import { commandLineSizeBytesMax } from '../rules/kernel-line.ts'

/** Inactivity after which iPXE gives up one download of a kernel or initrd; it restarts with every byte. */
const artifactTimeoutMs = 15_000

/** The same for a script, which is small and rendered from memory. */
const scriptTimeoutMs = 5_000

/** Rounds over the artifacts before the script is fetched anew: what it names may have changed. */
const artifactRounds = 5

/** Rounds over the peers before the firmware starts from the beginning, network and all. */
const peerRounds = 30

const pauseS = 2
const waitS = 10

/** What a boot script is made of. Everything has been checked for characters that iPXE would change. */
export interface BootScriptFacts {
  readonly node: { readonly id: string; readonly xname: string }
  readonly attempt: { readonly sessionId: string; readonly number: number; readonly id: string }
  /** The rows that it is rendered from, with their revisions. */
  readonly from: readonly string[]
  readonly kernel: string
  readonly initrd: string
  readonly parameters: string
  /** Base URLs of all peers. */
  readonly urls: readonly string[]
}

/**
 * The script that boots a node: downloads kernel and initrd, each in a loop of its own, and when that does not work
 * asks the peers in turn for a newer script, forever. No stock client fails over by itself, so the script does
 * (reference: iPXE reads one A record, and without `--timeout` waits for a silent server without end). It never ends
 * in `exit`: the firmware would boot something else.
 */
export function bootScript(facts: BootScriptFacts): string {
  const { node, attempt, kernel, initrd } = facts
  const urls = rotated(facts.urls, node.id)
  const fetchInitrd =
    initrd === '' ? '' : `initrd --name initrd --timeout ${artifactTimeoutMs} ${initrd} || goto again\n`
  return `#!ipxe
# trivet: node ${node.xname} (${node.id}), session ${attempt.sessionId}, attempt ${attempt.number}
# attempt-id: ${attempt.id}
# from: ${facts.from.join(', ')}
${peerList(urls)}set tries:int32 0
echo trivet: ${node.xname}, attempt ${attempt.number}
:kernel
imgfree
kernel --name kernel --timeout ${artifactTimeoutMs} ${kernel} ${kernelArguments(facts, urls)} || goto again
${fetchInitrd}boot ||
:again
inc tries
iseq \${tries} ${artifactRounds} && goto peers ||
sleep ${pauseS}
goto kernel
${askPeers({ urls, query: `node=${node.id}` })}`
}

/**
 * The script for a machine that has nothing to boot, or that nobody knows: it waits and asks again, so that nothing
 * has to be power-cycled when somebody decides (boot rule R6). It claims nothing that a later read could contradict.
 */
export function waitingScript(facts: {
  readonly subject: string
  readonly urls: readonly string[]
  /** How it says who it is when it asks again. */
  readonly query: string
}): string {
  const { subject, query } = facts
  const urls = rotated(facts.urls, subject)
  return `#!ipxe
# trivet: ${subject} waits and asks again
${peerList(urls)}echo trivet: nothing to boot for ${subject} yet; asking again
sleep ${waitS}
${askPeers({ urls, query })}`
}

/** How a machine says who it is that nobody knows. */
export const ownNames = 'mac=${mac:hexhyp}&uuid=${uuid}'

/**
 * What the kernel gets beside the configured parameters. Its command line is read by every user of the node. As many
 * peers are named as fit: what a kernel cuts off it never misses.
 */
function kernelArguments(facts: BootScriptFacts, urls: readonly string[]): string {
  const { node, attempt, parameters } = facts
  const words = [
    ...(parameters.trim() === '' ? [] : [parameters.trim()]),
    ...(facts.initrd === '' ? [] : ['initrd=initrd']),
    'ds=nocloud',
    `trivet.node=${node.id}`,
    `trivet.attempt=${attempt.id}`,
  ].join(' ')
  const seeds = urls.map((url) => `${url}/seed/${node.id}/${attempt.id}/`)
  for (; seeds.length > 0; seeds.pop()) {
    const all = `${words} trivet.seed=${seeds.join(',')}`
    if (Buffer.byteLength(all) <= commandLineSizeBytesMax) return all
  }
  return words
}

function peerList(urls: readonly string[]): string {
  return `${urls.map((url, index) => `set peer${index} ${url}\n`).join('')}set i:int32 0\nset rounds:int32 0\n`
}

/** A loop over the peers: each gets a few seconds, then the next one is asked. */
function askPeers(options: { readonly urls: readonly string[]; readonly query: string }): string {
  const { urls, query } = options
  if (urls.length === 0) return ':peers\nreboot\n'
  return `:peers
chain --autofree --replace --timeout ${scriptTimeoutMs} \${peer\${i}}/boot/ipxe?${query} ||
inc i
iseq \${i} ${urls.length} || goto peers
set i:int32 0
inc rounds
iseq \${rounds} ${peerRounds} && reboot ||
sleep ${pauseS}
goto peers
`
}

/** Each node begins with another peer, the same one every time and on every peer that renders. */
function rotated(urls: readonly string[], subject: string): readonly string[] {
  if (urls.length === 0) return urls
  const start = fnv1a(subject) % urls.length
  return [...urls.slice(start), ...urls.slice(0, start)]
}

/**
 * FNV-1a in 32 bits, over UTF-16 code units. It spreads nodes over peers, which takes no cryptography: SHA-256 would be
 * an eighth of what a whole script costs.
 */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
