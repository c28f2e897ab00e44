/**
 * Stops one thing after another. What fails to stop does not keep the others from it, for what stands behind it has to
 * be closed all the same; it is told at the end.
 */
export async function stopInTurn(steps: readonly (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'the peer did not stop in good order')
}
