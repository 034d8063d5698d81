import { existsSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFirmware } from '../../executor/host/firmware.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { condition, smallMachine, startExecutor, type TestExecutor } from './harness.ts';

const firmware = await findFirmware();
const plain = firmware.find(({ features }) => !features.includes('secure-boot'));
const enrolled = firmware.find(({ features }) => features.includes('enrolled-keys'));

if (!plain || !enrolled) process.stderr.write('firmware.test.ts: no UEFI here (package ovmf); its tests are skipped\n');

/** Debian keeps there firmware of 2 MiB, too, which no descriptor names. */
const FOLDER = '/usr/share/OVMF';

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor({ arguments: ['--import-folder', tmpdir(), '--import-folder', FOLDER] });
  await executor.image('beat', serialDisk());
});

afterAll(() => executor?.[Symbol.asyncDispose]());

/** What the firmware writes once its own devices work and it looks for something to boot. */
const LOOKS = /BdsDxe/;

const TYPE = 'VirtualMachine';

const variablesOf = async (name: string): Promise<string> => {
  const machine = await executor.eventually(TYPE, name, (found) => found?.status?.powerState === 'Running');
  return join(executor.home, 'nvram', `${machine.metadata.uid}.fd`);
};

const uefiMachine = (uefi: object): object =>
  smallMachine('beat', { machine: { firmware: { uefi } }, memory: { size: '128Mi' } });

test.skipIf(!plain)('UEFI runs, with variables of the machine’s own until it is deleted', async () => {
  await executor.create(TYPE, 'uefi', uefiMachine({}));
  await executor.says('uefi', LOOKS);
  const variables = await variablesOf('uefi');
  const template = readFileSync(plain?.variables?.path ?? '');
  const written = readFileSync(variables);
  expect(written.length).toBe(template.length);
  expect(written.equals(template)).toBe(false);
  expect((await stat(variables)).mode & 0o777).toBe(0o600);
  await executor.patch(TYPE, 'uefi', { spec: { powerState: 'Stopped', stop: { method: 'Force' } } });
  await executor.eventually(TYPE, 'uefi', (found) => found?.status?.powerState === 'Stopped');
  expect(readFileSync(variables).equals(template)).toBe(false);
  await executor.patch(TYPE, 'uefi', { spec: { powerState: 'Running' } });
  expect(await variablesOf('uefi')).toBe(variables);
  await executor.remove(TYPE, 'uefi');
  await executor.eventually(TYPE, 'uefi', (found) => found === undefined);
  expect(existsSync(variables)).toBe(false);
});

test.skipIf(!enrolled)('secure boot runs, which only a board with system management mode does', async () => {
  await executor.create(TYPE, 'secure', uefiMachine({ secureBoot: true }));
  await executor.says('secure', LOOKS);
  await variablesOf('secure');
});

test.skipIf(!existsSync(join(FOLDER, 'OVMF_CODE.fd')))(
  'firmware and variables of one’s own come from folders that the administrator allows, only',
  async () => {
    const uefi = {
      loader: { path: join(FOLDER, 'OVMF_CODE.fd') },
      variables: { source: join(FOLDER, 'OVMF_VARS.fd') },
    };
    await executor.create(TYPE, 'own', uefiMachine(uefi));
    await executor.says('own', LOOKS);
    await executor.create(TYPE, 'stolen', uefiMachine({ variables: { source: '/etc/hostname' } }));
    const refused = await executor.eventually(
      TYPE,
      'stolen',
      (found) => found && condition(found, 'Ready')?.reason === 'FirmwareMissing',
    );
    expect(condition(refused, 'Ready')?.message).toContain('/etc/hostname may not be imported');
  },
);
