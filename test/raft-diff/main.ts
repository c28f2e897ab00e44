import { withUsage } from '../support/usage.ts'
import { failuresMax, runComparison } from './comparison-run.ts'
import { describeOperation, describeReport } from './description.ts'
import { buildEtcdNode, EtcdNode, whyNoEtcd } from './etcd-node.ts'
import { readOptions, usage } from './options.ts'

await withUsage(usage, async () => {
  const options = readOptions(process.argv.slice(2))
  const reason = options === undefined ? undefined : whyNoEtcd()
  if (options !== undefined && reason !== undefined) {
    process.stderr.write(`Nothing was compared: ${reason}\n`)
    if (options.json) process.stdout.write(`${JSON.stringify({ schedules: 0, steps: 0, differences: [], reason })}\n`)
    process.exitCode = 2
  } else if (options !== undefined) {
    const etcd = new EtcdNode(buildEtcdNode())
    try {
      const report = await runComparison(etcd, options)
      const { schedules, steps, failures, known } = report
      const differences = failures.map((failure) => ({
        seed: failure.seed,
        step: failure.difference.step.operation.id,
        operation: describeOperation(failure.difference.step.operation),
        ours: failure.difference.ours,
        etcd: failure.difference.etcd,
        shortened: failure.shortened.operations,
      }))
      if (options.json) {
        process.stdout.write(`${JSON.stringify({ schedules, steps, differences, known: Object.fromEntries(known) })}\n`)
      } else {
        process.stdout.write(`${describeReport(report)}\n`)
        if (failures.length >= failuresMax) process.stdout.write(`ended after ${failuresMax} differences\n`)
      }
      process.exitCode = failures.length === 0 ? 0 : 1
    } finally {
      await etcd.close()
    }
  }
})
