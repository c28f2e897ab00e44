/** `Boot` of a system: what it starts from next, as far as the BMC lets one say. */
export class BootOverride {
  readonly #targets: readonly string[]
  #target = 'None'
  #enabled: OverrideEnabled = 'Disabled'

  constructor(targets: readonly string[]) {
    this.#targets = targets
  }

  get target(): string {
    return this.#target
  }

  get enabled(): OverrideEnabled {
    return this.#enabled
  }

  /** Takes what a PATCH says; answers the property that it cannot take. */
  set(boot: Readonly<Record<string, unknown>>): { readonly wrong: string; readonly known: boolean } | undefined {
    for (const [name, value] of Object.entries(boot)) {
      const allowed = this.#allowed(name)
      if (allowed === undefined) return { wrong: name, known: false }
      if (!allowed.some((word) => word === value)) return { wrong: name, known: true }
    }
    const target = boot['BootSourceOverrideTarget']
    const enabled = boot['BootSourceOverrideEnabled']
    if (typeof target === 'string') this.#target = target
    if (enabled === 'Once' || enabled === 'Continuous' || enabled === 'Disabled') this.#enabled = enabled
    if (this.#enabled === 'Disabled') this.#target = 'None'
    return undefined
  }

  /** The system starts: true when it starts from the network. `Once` is used up by it. */
  startsFromNetwork(): boolean {
    const network = this.#enabled === 'Disabled' || ['None', 'Pxe', 'UefiHttp'].includes(this.#target)
    if (this.#enabled === 'Once') this.set({ BootSourceOverrideEnabled: 'Disabled' })
    return network
  }

  #allowed(property: string): readonly string[] | undefined {
    if (property === 'BootSourceOverrideTarget') return this.#targets
    if (property === 'BootSourceOverrideEnabled') return ['Disabled', 'Once', 'Continuous']
    return property === 'BootSourceOverrideMode' ? ['UEFI'] : undefined
  }
}

export type OverrideEnabled = 'Disabled' | 'Once' | 'Continuous'
