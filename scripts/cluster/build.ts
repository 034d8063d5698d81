import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, missingServers } from './binaries.ts';
import { buildControlPlane } from './control-plane.ts';
import { buildCrdServer } from './crd-server.ts';
import { progress } from './run.ts';

/*
 * Builds real API servers for the tests of test/cluster, from Debian's packages alone, into .cache/cluster. Each step
 * leaves its result whole or not at all, so a build that was stopped goes on where it was.
 */
if (missingServers() === undefined) {
  progress('the servers are there');
} else if (process.env['KUBEBUILDER_ASSETS']) {
  throw new Error(`${missingServers()}: complete that folder, or unset KUBEBUILDER_ASSETS to have them built`);
} else {
  await buildCrdServer();
  await buildControlPlane();
  // Packages and sources, which take seven gigabytes, are of no more use.
  for (const name of readdirSync(CACHE)) {
    if (name !== 'bin') rmSync(join(CACHE, name), { recursive: true, force: true });
  }
  progress('done');
}
