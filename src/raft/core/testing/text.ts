/** Data of entries in tests is text. */
export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function decodeText(data: Uint8Array): string {
  return new TextDecoder().decode(data)
}
