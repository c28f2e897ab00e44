import { parse as parseYaml } from 'yaml'
import { sleep } from '../clock.ts'
import type { FetchAccount } from './fetch-account.ts'
import { splitHostAndPort } from './firmware-network.ts'
import type { HttpClient, HttpResult } from './http-exchange.ts'
import type { BootParameters } from './kernel-command-line.ts'
import { documentUrl } from './kernel-command-line.ts'
import type { Site } from './site.ts'

/** The documents of a seed, in the order in which cloud-init from 24.3 on reads them. */
export const seedDocuments = ['network-config', 'meta-data', 'user-data', 'vendor-data'] as const

export type SeedDocument = (typeof seedDocuments)[number]

/** Times of network clients, in milliseconds of the network clock. */
export const initramfsTimes = {
  documentTimeoutMs: 5_000,
  /** After a round in which every peer failed. */
  roundPauseMs: 2_000,
  roundsMax: 10,
  phoneHomeTries: 10,
  phoneHomePauseMs: 3_000,
  phoneHomeTimeoutMs: 10_000,
}

export interface InitramfsOptions {
  readonly site: Site
  readonly http: HttpClient
  readonly account: FetchAccount
  /** Power: everything rejects with its reason when it fires. */
  readonly signal: AbortSignal
  /** Appends to the ledger as this node. */
  readonly record: Site['record']
  readonly phoneHomeRetried: () => void
}

export interface MetaData {
  readonly instanceId: string
  readonly localHostname: string
}

/**
 * What runs between the kernel and the operating system: it fetches the cloud-init documents over a list of peers, so
 * that cloud-init itself needs no network, and reports the end of the boot.
 */
export class Initramfs {
  readonly #options: InitramfsOptions
  readonly #parameters: BootParameters
  /** The peer that served last; others are asked only when it is lost. */
  #preferred = 0

  constructor(options: InitramfsOptions, parameters: BootParameters) {
    this.#options = options
    this.#parameters = parameters
  }

  /** Fetches all documents. `undefined` when one of them could not be had from any peer in all rounds. */
  async configure(): Promise<MetaData | undefined> {
    let metaData: MetaData | undefined
    for (const document of seedDocuments) {
      const text = await this.#fetchDocument(document)
      if (text === undefined) return undefined
      if (document === 'meta-data') metaData = parseMetaData(text)
    }
    return metaData
  }

  /** Reports the end of the boot until a peer answers 200; false when none did in all tries. */
  async phoneHome(metaData: MetaData): Promise<boolean> {
    const { record, signal, site, account } = this.#options
    const { phoneHome, attempt } = this.#parameters
    const form = new URLSearchParams({ instance_id: metaData.instanceId, hostname: metaData.localHostname })
    form.set('fqdn', metaData.localHostname)
    if (attempt !== undefined) form.set('attempt', attempt)
    for (let tries = 1; tries <= initramfsTimes.phoneHomeTries; tries++) {
      const url = phoneHome[(this.#preferred + tries - 1) % phoneHome.length]!
      const result = await this.#exchange(url, form.toString())
      const server = this.#serverOf(url, result)
      if (result.kind === 'answered' && result.status === 200) {
        record({ kind: 'phone_home', server, tries, instanceId: metaData.instanceId, attempt: attempt ?? null })
        return true
      }
      const reason = result.kind === 'lost' ? result.reason : `status ${result.status}`
      record({ kind: 'phone_home_retried', server, tries, reason })
      this.#options.phoneHomeRetried()
      await sleep(site.networkClock, initramfsTimes.phoneHomePauseMs, signal)
    }
    account.wrong('/phone-home', phoneHome[0]!.host, `no 200 in ${initramfsTimes.phoneHomeTries} tries`)
    return false
  }

  async #fetchDocument(document: SeedDocument): Promise<string | undefined> {
    const { seeds } = this.#parameters
    const { account, record, signal, site } = this.#options
    for (let round = 0; round < initramfsTimes.roundsMax; round++) {
      for (let turn = 0; turn < seeds.length; turn++) {
        const peer = (this.#preferred + turn) % seeds.length
        const url = documentUrl(seeds[peer]!, document)
        account.attempt(url.pathname, url.host)
        const result = await this.#exchange(url)
        if (result.kind === 'lost') {
          account.lost(url.pathname, url.host, result.reason)
          continue
        }
        const problem = problemOf(document, result)
        if (problem !== undefined) {
          account.wrong(url.pathname, url.host, problem)
          continue
        }
        account.succeeded()
        this.#preferred = peer
        const server = this.#serverOf(url, result)
        record({ kind: 'document_fetched', document, server, sizeBytes: result.body.length })
        return result.body.toString('utf8')
      }
      // The round is over and every peer was lost or wrong: that is the failed fetch.
      account.abandon()
      if (round + 1 < initramfsTimes.roundsMax) {
        await sleep(site.networkClock, initramfsTimes.roundPauseMs, signal)
      }
    }
    return undefined
  }

  #exchange(url: URL, form?: string): Promise<HttpResult> {
    const [host, port] = splitHostAndPort(url.port === '' ? `${url.host}:80` : url.host)
    const { networkMs } = this.#options.site
    const common = { Host: url.host, 'User-Agent': 'trivet-initramfs/1', Accept: '*/*', Connection: 'close' }
    if (form === undefined) {
      const totalMs = networkMs(initramfsTimes.documentTimeoutMs)
      return this.#options.http.exchange({
        method: 'GET',
        host,
        port,
        target: url.pathname + url.search,
        headers: common,
        totalMs,
      })
    }
    return this.#options.http.exchange({
      method: 'POST',
      host,
      port,
      target: url.pathname + url.search,
      headers: {
        ...common,
        'Content-Type': 'application/x-www-form-urlencoded',
        'Content-Length': String(Buffer.byteLength(form)),
      },
      body: form,
      totalMs: networkMs(initramfsTimes.phoneHomeTimeoutMs),
    })
  }

  #serverOf(url: URL, result: HttpResult): string {
    return (result.kind === 'answered' ? this.#options.site.answeredBy(result.client) : undefined) ?? url.host
  }
}

/** What is wrong with an answer that should be a document; `undefined` when nothing is. */
function problemOf(document: SeedDocument, answer: HttpResult & { readonly kind: 'answered' }): string | undefined {
  const { status, headers, body } = answer
  if (status !== 200) return `status ${status}`
  if (headers['content-length'] === undefined) return 'no Content-Length'
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]!.trim()
  if (!/^(?:text\/|application\/(?:x-)?yaml$|multipart\/mixed$)/.test(mediaType))
    return `a document of type "${mediaType}"`
  const text = body.toString('utf8')
  try {
    if (document === 'meta-data') parseMetaData(text)
    if (document === 'network-config') checkNetworkConfig(text)
    if (document === 'user-data' || document === 'vendor-data') checkUserData(text)
  } catch (error) {
    return `${document}: ${(error as Error).message.split('\n', 1)[0]!}`
  }
  return undefined
}

function parseMetaData(text: string): MetaData {
  const data: unknown = parseYaml(text)
  if (!isMapping(data)) throw new Error('no YAML mapping')
  return { instanceId: wordOf(data, 'instance-id'), localHostname: wordOf(data, 'local-hostname') }
}

function wordOf(data: Readonly<Record<string, unknown>>, key: string): string {
  const value = data[key]
  if (typeof value !== 'string' || value === '') throw new Error(`no ${key}`)
  return value
}

/** Version 1 or 2 of the network configuration, under `network` or not; nothing at all leaves it to the image. */
function checkNetworkConfig(text: string): void {
  const data: unknown = parseYaml(text)
  if (data === null) return
  const config = isMapping(data) && isMapping(data['network']) ? data['network'] : data
  if (!isMapping(config) || (config['version'] !== 1 && config['version'] !== 2)) throw new Error('no version 1 or 2')
}

/** cloud-init ignores what does not start with one of its headers, and the node comes up unconfigured, silently. */
function checkUserData(text: string): void {
  if (text.trim() === '') return
  if (
    !/^(?:#cloud-config|#!|#include|#cloud-boothook|#part-handler|## template:|Content-Type:|MIME-Version:)/i.test(text)
  ) {
    throw new Error('starts with no header that cloud-init knows')
  }
  if (text.startsWith('#cloud-config') && !isMapping(parseYaml(text) ?? {})) throw new Error('no YAML mapping')
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
