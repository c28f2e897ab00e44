export type {
  BmcConnection,
  BmcCredential,
  BmcDriver,
  BmcTarget,
  BmcTls,
  ExploreOptions,
  OpenOptions,
  PowerObservation,
  ResetAnswer,
  ResetGuard,
  ResetRequest,
} from './port.ts'
export type {
  BootNicChoice,
  BootNicReason,
  BootOptionFacts,
  Exploration,
  InterfaceFacts,
  ManagerFacts,
  PowerState,
  ResetFacts,
  ResetType,
  ServiceFacts,
  SystemFacts,
  WalkGap,
} from './facts.ts'
export { genericProfile, profileNamed, profileOf } from './quirks.ts'
export type { BmcProfile, RetryableRefusal } from './quirks.ts'
export { addressPolicy } from './address-policy.ts'
export type { AddressPolicy } from './address-policy.ts'
export { parseBmcAddress } from './bmc-address.ts'
export type { BmcAddress } from './bmc-address.ts'
export { redfishDriver } from './driver.ts'
export { isResetType, resetTypeFor } from './mapping/reset.ts'
