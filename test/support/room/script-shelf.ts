/** Texts of scripts by digest, the last so many of them. */
const scriptsMax = 2_000

export class ScriptShelf {
  readonly #texts = new Map<string, string>()

  put(sha256: string, text: string): void {
    this.#texts.delete(sha256)
    this.#texts.set(sha256, text)
    if (this.#texts.size > scriptsMax) this.#texts.delete(this.#texts.keys().next().value!)
  }

  get(sha256: string): string | undefined {
    return this.#texts.get(sha256)
  }
}
