import { expect, test } from 'vitest'
import { eventLoop } from './scheduler.ts'

test('a task runs soon, and another after its time unless it is called off', async () => {
  const done: string[] = []
  const cancel = eventLoop.after(0, () => done.push('called off'))
  cancel()
  // A timer of the event loop does not keep a process alive; this one does until the test is over.
  const keep = setInterval(() => {}, 1_000)
  await new Promise<void>((resolve) => {
    eventLoop.soon(() => done.push('soon'))
    eventLoop.after(20, () => {
      done.push('after')
      resolve()
    })
  })
  clearInterval(keep)
  expect(done).toEqual(['soon', 'after'])
})
