import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

interface DaemonSet {
  spec: { template: { spec: Record<'initContainers' | 'containers', { image: string; command: string[] }[]> } };
}

// The image is built, and run by a kubelet, by npm run test:kubelet. That the package runs unpacked is in cli-package.test.ts.
test('the image has what the DaemonSet takes to the host, where the program looks for it', () => {
  const { initContainers, containers } = (parse(read('yamls/executor.yaml')) as DaemonSet).spec.template.spec;
  const steps = read('Containerfile').replaceAll(/^#.*\n/gm, '');
  for (const { image } of [...initContainers, ...containers]) expect(image).toBe(`vmctl-executor:${version}`);
  expect(read('Containerfile')).toContain(`vmctl-executor:${version}`);
  const [from = '', to = ''] = initContainers[0]?.command.slice(-2) ?? [];
  expect([from, to]).toEqual(['/opt/vmctl/.', '/host-program/']);
  expect(steps).toContain('-C /opt/vmctl --strip-components=1');
  expect(steps).toMatch(/^COPY --from=program \/opt\/vmctl \/opt\/vmctl$/m);
  const node = 'node_modules/node/bin/node';
  expect(read('bin/vm-executor')).toContain(`"$root/${node}"`);
  expect(steps).toContain(` /opt/vmctl/${node}\n`);
  expect(containers[0]?.command.at(-1)).toBe('/var/lib/vmctl/program/bin/vm-executor');
});
