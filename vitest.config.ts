import { defineConfig } from 'vitest/config';
import { missingPlanes } from './test/cluster/planes/plane.ts';
import { onBoth } from './test/e2e/on-both.ts';

const missing = missingPlanes();
if (missing) console.warn(`skipped: end-to-end tests on a real control plane: ${missing}`);

const SERVERS = 'test/cluster/**/*.test.ts';

export default defineConfig({
  test: {
    // Real qemu and a real API answer in their own time; a hang still ends.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
    reporters: ['default', './test/report/reporter.ts'],
    projects: [
      { extends: true, test: { name: 'embedded', include: ['test/**/*.test.ts'], exclude: [SERVERS] } },
      { extends: true, test: { name: 'servers', include: [SERVERS] } },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: onBoth(process.env['VMCTL_TEST_CLUSTER'] === 'all'),
          env: { VMCTL_TEST_API: 'cluster' },
          globalSetup: 'test/cluster/planes/setup.ts',
          ...(missing && { runner: 'test/cluster/planes/skip.ts' }),
        },
      },
    ],
  },
});
