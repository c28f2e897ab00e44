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
