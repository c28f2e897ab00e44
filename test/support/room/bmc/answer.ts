/** What a BMC answers, before it becomes bytes. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, or text as it is; none when absent. */
  readonly body?: object | string
}

/** A message of a Redfish registry. */
export interface RedfishMessage {
  /** With its registry and version, for example `Base.1.4.ResourceMissingAtURI`. */
  readonly id: string
  readonly text: string
  readonly args?: readonly string[]
}
