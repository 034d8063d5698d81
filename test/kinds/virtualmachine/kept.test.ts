import { expect, test } from 'vitest';
import { findings } from '../../../executor/kinds/virtualmachine/findings.ts';
import { LIBVIRT_UNSUPPORTED } from '../../../schemas/kinds/annotations.ts';
import { alive, machine } from './scene.ts';

const NODE = {
  nodeName: 'node',
  acceleration: undefined,
  unconfined: undefined,
  extraArguments: false,
  problem: undefined,
};

const supported = (places: readonly string[]) => {
  const vm = machine({});
  const annotations = places.length > 0 ? { [LIBVIRT_UNSUPPORTED]: places.join('\n') } : {};
  const imported = { ...vm, metadata: { ...vm.metadata, annotations } };
  return findings(imported, alive(imported, 'running'), NODE).find(({ type }) => type === 'SpecSupported');
};

test('what an import kept without effect is told, with its places', () => {
  expect(supported(['/domain/genid', '/domain/devices/nonsense/@a'])).toMatchObject({
    status: 'False',
    reason: 'KeptWithoutEffect',
    message: expect.stringMatching(/without effect: \/domain\/genid, \/domain\/devices\/nonsense\/@a$/),
  });
});

test('of many places the first are named', () => {
  const places = Array.from({ length: 25 }, (_, n) => `/domain/a[${n + 1}]`);
  expect(supported(places)?.message).toMatch(/\/domain\/a\[20\] and 5 more$/);
});

test('a machine that has all of its effect says so', () => {
  expect(supported([])?.message).not.toMatch(/libvirt/);
});
