/** A copy of its own. Not `slice`: that of a `Buffer` is the same memory, which its owner goes on using. */
export function copied(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}
