import { defineConfig } from 'vitest/config';

/** `npm run test:kubelet`: a container runtime and a kubelet, in namespaces of their own. */
export default defineConfig({
  test: {
    include: ['test/kubelet/**/*.kubelet.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    maxWorkers: 1,
    reporters: ['verbose'],
  },
});
