/** What a recovery makes within a data directory. */
export const recoveryNames = {
  /** Is being made, or was put in place; nobody needs it. */
  unfinished: 'recovered.new',
  /** Complete, and to be put in place before anything else is done with this directory. */
  complete: 'recovered',
  /** What was there before, one for each recovery, with a number behind it. */
  before: 'before-recovery',
} as const
