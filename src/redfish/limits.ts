/**
 * What a BMC may cost us. A BMC is a small, old and possibly hostile computer: every length that it decides is capped
 * here. The caps are far above what any known BMC needs.
 */
export const limits = {
  /** Body of one answer. */
  bodyBytesMax: 4 * 1024 * 1024,
  /** Members of one collection. */
  membersMax: 5_000,
  /** UEFI device paths, whose last part is the one that matters. */
  devicePathCharsMax: 1_024,
  /** All bodies of one exploration. */
  exploreBytesMax: 64 * 1024 * 1024,
  /** GETs of one exploration, redirects and repetitions included. */
  getsMax: 1_000,
  /** Unreadable resources that an exploration names. */
  gapsMax: 100,
  redirectsMax: 3,
  /** One string that a BMC says about itself; the rest is cut off. */
  textCharsMax: 256,
  /** One link. */
  pathCharsMax: 1_024,
  /** Failed logins of one connection: several BMCs lock the account after five. */
  loginFailuresMax: 2,
  /** Addresses of one host name that are tried. */
  addressesTriedMax: 4,
  /** Wrong credentials that are remembered. */
  wrongCredentialsMax: 10_000,
  /** Kinds of firmware whose `$expand` is known to be broken. */
  brokenExpandMax: 256,

  connectTimeoutMs: 5_000,
  /** Lenovo XCC needs up to 20 s for the first answer after an idle time. */
  requestTimeoutMs: 30_000,
  exploreTimeoutMs: 120_000,
  closeTimeoutMs: 2_000,
  keepAliveMs: 15_000,
  /** Longest pause after a 503 before a GET is repeated. */
  repeatAfterMaxMs: 10_000,
  /** How long credentials that a BMC refused are not tried again: OpenBMC locks an account for 300 s. */
  wrongCredentialHoldMs: 300_000,
  /** Longest pause that a BMC may ask for with Retry-After. */
  retryAfterMaxMs: 600_000,
} as const
