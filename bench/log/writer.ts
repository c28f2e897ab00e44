/** Something that makes entries durable, one append after another. */
export interface Writer {
  readonly name: string
  /** Resolves once all of it would survive a loss of power. */
  append(payloads: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}
