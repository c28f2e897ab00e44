/** The port to the event loop, so that tests decide what runs when. */
export interface Scheduler {
  /** Runs `task` in a later turn of the loop, after what is waiting now. */
  soon(task: () => void): void
  /** Runs `task` after `delayMs`; gives the way to call it off. Does not keep the process alive. */
  after(delayMs: number, task: () => void): () => void
}

/** The event loop of this thread. */
export const eventLoop: Scheduler = {
  soon: (task) => void setImmediate(task),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs).unref()
    return () => clearTimeout(timer)
  },
}
