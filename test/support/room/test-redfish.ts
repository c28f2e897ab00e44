import { Agent, request } from 'undici'
import type { BmcInfo } from './room-info.ts'

/** An answer of a BMC, its body as parsed JSON. */
export interface RedfishReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readonly<Record<string, unknown>>
}

export interface RedfishCall {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE'
  readonly body?: object | string
  readonly headers?: Readonly<Record<string, string>>
  /** Basic credentials other than the right ones; `null` for none. */
  readonly password?: string | null
}

/** The few calls that the room's own tests make; no redirect is followed and no certificate checked. */
export class TestRedfish {
  readonly #bmc: BmcInfo
  readonly #agent = new Agent({ connect: { rejectUnauthorized: false } })

  constructor(bmc: BmcInfo) {
    this.#bmc = bmc
  }

  async call(path: string, call: RedfishCall = {}): Promise<RedfishReply> {
    const password = call.password === undefined ? this.#bmc.password : call.password
    const basic = Buffer.from(`${this.#bmc.username}:${password ?? ''}`).toString('base64')
    const answer = await request(`https://${this.#bmc.address}${path}`, {
      dispatcher: this.#agent,
      method: call.method ?? 'GET',
      headers: {
        ...(password === null || call.headers?.['X-Auth-Token'] !== undefined
          ? {}
          : { Authorization: `Basic ${basic}` }),
        ...(call.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...call.headers,
      },
      ...(call.body === undefined
        ? {}
        : { body: typeof call.body === 'string' ? call.body : JSON.stringify(call.body) }),
    })
    const text = await answer.body.text()
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: text === '' ? {} : (JSON.parse(text) as object as RedfishReply['body']),
    }
  }

  /** Resets the first system, and answers with the status. */
  async reset(resetType: string, system = this.#bmc.nodes[0]!.system): Promise<number> {
    const path = `/redfish/v1/Systems/${system}/Actions/ComputerSystem.Reset`
    return (await this.call(path, { method: 'POST', body: { ResetType: resetType } })).status
  }

  /** PowerState of the first system. */
  async power(system = this.#bmc.nodes[0]!.system): Promise<unknown> {
    const slash = this.#bmc.profile === 'ilo' ? '/' : ''
    return (await this.call(`/redfish/v1/Systems/${system}${slash}`)).body['PowerState']
  }

  close(): Promise<void> {
    return this.#agent.destroy()
  }
}
