import { describe, expect, test } from 'vitest';
import { changesOf } from '../../../executor/kinds/virtualmachine/changes.ts';
import { plan } from '../../../executor/kinds/virtualmachine/plan.ts';
import { withSeed } from '../../../executor/kinds/virtualmachine/seed-look.ts';
import { SEED } from '../../../executor/qemu/seed.ts';
import { alive, launched, machine, PLACE } from './scene.ts';

const RESOURCES = { volumes: {}, networks: {}, diskProblems: [], networkProblems: [] } as never;
const seed = (path: string) => ({ [SEED]: { path, format: 'raw', readOnly: true, directIo: true } }) as never;
const drive = (bus = 'scsi') => ({ name: SEED, device: 'cdrom', bus, readOnly: true });

/** What a running machine does about another seed. */
function changes(
  before: object | undefined,
  after: object | undefined,
  paths: [string | undefined, string | undefined],
) {
  const spec = (cloudInit?: object) => machine(cloudInit ? { cloudInit } : {});
  const [old, wanted] = paths;
  const running = launched(spec(before), { volumes: old === undefined ? {} : seed(old) });
  const vm = spec(after);
  const resources = withSeed(RESOURCES, wanted === undefined ? {} : { path: wanted });
  return changesOf(vm, alive(vm, 'running', { launched: running as never }, { resources }));
}

describe("cloud-init's seed in a running machine", () => {
  const inline = (text: string) => ({ noCloud: { userData: { inline: text } } });

  test('is another medium where its content is another', () => {
    expect(changes(inline('a'), inline('b'), ['/a', '/b'])).toEqual({
      actions: [{ type: 'set-seed', disk: drive() }],
      needRestart: [],
    });
  });

  test('is so too where only what a Secret holds is another', () => {
    const cloudInit = { noCloud: { userData: { secretRef: { name: 's' } } } };
    expect(changes(cloudInit, cloudInit, ['/a', '/b']).actions).toEqual([{ type: 'set-seed', disk: drive() }]);
  });

  test('stays where it says the same in other words', () => {
    expect(changes(inline('a'), { noCloud: { userData: { configMapRef: { name: 'c' } } } }, ['/a', '/a'])).toEqual({
      actions: [],
      needRestart: [],
    });
  });

  test('stays where the new one cannot be made', () => {
    expect(changes(inline('a'), inline('b'), ['/a', undefined]).actions).toEqual([]);
  });

  test('needs a restart where the drive itself is another, or there is none', () => {
    expect(changes(inline('a'), { noCloud: { bus: 'sata' } }, ['/a', '/b']).needRestart).toContain(
      'spec.cloudInit.noCloud.bus',
    );
    expect(changes(undefined, inline('a'), [undefined, '/a']).needRestart).toEqual(['spec.cloudInit']);
    expect(changes(inline('a'), undefined, ['/a', undefined]).needRestart).toEqual(['spec.cloudInit']);
  });
});

test('what a seed is made from is looked at again after a while', () => {
  const vm = machine({ cloudInit: { noCloud: {} } });
  const running = launched(vm) as never;
  const seen = alive(vm, 'running', { launched: running }, { seedAgainMs: 1234 });
  expect(plan(vm, seen, PLACE)).toEqual([{ type: 'wait', ms: 1234 }]);
});

test('a seed that cannot be made keeps the machine off, and says why', () => {
  const problem = { reason: 'SecretNotFound', message: 'the Secret s is not there' };
  expect(withSeed(RESOURCES, { problem })).toMatchObject({ diskProblems: [problem], volumes: {} });
});
