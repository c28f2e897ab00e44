import type { LogRecord, MemberEvents, ReadIndexAnswer } from './port.ts'

/** Where a runtime says what happens, in the order in which it happens. */
export interface Outlet extends MemberEvents {
  readAnswered(id: number, answer: ReadIndexAnswer): void
  log(record: LogRecord): void
}
