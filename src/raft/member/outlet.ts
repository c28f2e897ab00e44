import type { LogRecord, MemberEvents, ReadIndexAnswer } from './port.ts'

/** Where a runtime says what happens, in the order in which it happens. */
export interface Outlet extends MemberEvents {
  readAnswered(id: number, answer: ReadIndexAnswer): void
  /** Asks main whether it takes packets; it answers by the command of the same name. */
  probe(): void
  log(record: LogRecord): void
}
