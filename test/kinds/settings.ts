import type { Settings } from '../../executor/settings.ts';

/** The settings of an executor under test: qemu runs as whoever runs the tests, and what crashed is soon started again. */
export const testSettings = (home: string): Settings => ({
  home,
  importFolders: ['/'],
  qemuUser: 'no-such-user-here',
  extraArguments: false,
  standalone: true,
  crashBackoffMs: { first: 100, longest: 1000 },
  consoleLogBytes: 65_536,
  resyncMs: 30_000,
});
