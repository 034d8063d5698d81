import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingServers } from '../../scripts/cluster/binaries.ts';
import { report } from './compare.ts';
import { type Known, unknown } from './differences.ts';
import { type Servers, startServers } from './pair.ts';
import { play, type Scenarios } from './scenario.ts';

/** Declares a test per scenario of each area, and one that every known difference is still met. */
export function compareWithReal(
  real: 'core' | 'crds',
  title: string,
  areas: Readonly<Record<string, Scenarios>>,
  known: readonly Known[],
): void {
  const missing = missingServers(real === 'core' ? ['kube-controller-manager'] : []);
  if (missing) console.warn(`skipped: ${title}: ${missing}`);
  const scenarios = Object.entries(areas).flatMap(([area, byName]) =>
    Object.entries(byName).map(([name, scenario]) => [area, name, scenario] as const),
  );
  describe.skipIf(missing)(title, () => {
    let servers: Servers;
    const used = new Set<Known>();
    beforeAll(async () => {
      servers = await startServers(real);
    });
    afterAll(async () => servers?.[Symbol.asyncDispose]());

    it.each(scenarios)('%s: %s', async (area, name, scenario) => {
      const namespace = `${area} ${name}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
      const found = await play(servers, namespace, scenario);
      const placed = found.map((difference) => ({ ...difference, step: `${area}: ${name}: ${difference.step}` }));
      const differences = unknown(placed, known, used);
      expect(differences, report(differences)).toEqual([]);
    });

    // Of which version the servers of KUBEBUILDER_ASSETS are is not known, so some may be gone.
    it.skipIf(process.env['KUBEBUILDER_ASSETS'])('every known difference is still there', () => {
      expect(known.filter((entry) => !used.has(entry)).map((entry) => entry.reason)).toEqual([]);
    });
  });
}
