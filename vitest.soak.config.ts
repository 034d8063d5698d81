import { defineConfig } from 'vitest/config';

/** `npm run test:soak`: every step of every operation, which takes too long for each change. */
export default defineConfig({
  test: {
    include: ['test/soak/**/*.soak.ts'],
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});
