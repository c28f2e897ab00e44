import { limits } from '../limits.ts'

/** Reads Retry-After in seconds; a date is ignored, because a BMC's clock is often wrong. */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header.trim())) return undefined
  return Math.min(Number(header) * 1_000, limits.retryAfterMaxMs)
}
