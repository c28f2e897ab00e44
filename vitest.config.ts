import { defineConfig } from 'vitest/config'

/**
 * Two projects: `unit` sits beside the code and touches no process or socket outside its own;
 * `integration` starts real peers, a real room and real clients on loopback.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'tools/**/*.test.ts',
            'test/support/**/*.test.ts',
            'test/lint/**/*.test.ts',
            'test/history/**/*.test.ts',
            'test/sim/**/*.test.ts',
            'test/storage/**/*.test.ts',
          ],
          // Not a measure of speed: a machine that is busy otherwise takes its time.
          testTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            'test/integration/**/*.test.ts',
            'test/boot/**/*.test.ts',
            'test/walk/**/*.test.ts',
            'test/regressions/**/*.test.ts',
            'test/raft-diff/**/*.test.ts',
          ],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          // Most of each is waiting for processes: two at once fill two cores.
          maxWorkers: 2,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/gen/**', 'src/**/*.test.ts', 'src/**/*.contract.ts', 'src/**/testing/**'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: '.cache/coverage',
      // What must not be wrong is run through by unit tests alone. Checked with `npm run check`.
      thresholds: {
        'src/raft/core/**': { lines: 98, branches: 98 },
        'src/raft/store/**': { lines: 95, branches: 95 },
        'src/state/**': { lines: 95, branches: 95 },
      },
    },
  },
})
