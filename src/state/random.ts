import { randomFillSync } from 'node:crypto'

/** Random bytes, taken from a block that is drawn at once: drawing a few bytes costs as much as drawing thousands. */
export function drawRandom(sizeBytes: number): Uint8Array {
  if (sizeBytes > blockSizeBytes) throw new RangeError(`at most ${blockSizeBytes} random bytes are drawn at once`)
  if (used + sizeBytes > blockSizeBytes) {
    randomFillSync(block)
    used = 0
  }
  used += sizeBytes
  return block.slice(used - sizeBytes, used)
}

const blockSizeBytes = 4_096
const block = new Uint8Array(blockSizeBytes)
let used = blockSizeBytes
