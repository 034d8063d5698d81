import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import { serialDisk } from '../../test/fixtures/guests/serial.ts';

const IMAGE = 'bench';
/** Says that it is ready and then nothing for an hour, so that the log's last change is the guest's first word. */
const QUIET_TICKS = 65_535;

const object = (kind: string, name: string, spec: object) => ({
  apiVersion: API_VERSION,
  kind,
  metadata: { name, ...(kind.endsWith('Pool') || kind.endsWith('Network') ? {} : { namespace: 'default' }) },
  spec,
});

/** The image of the 512-byte guest, written into `folder`. */
export async function image(folder: string): Promise<object> {
  const path = join(folder, 'bench.img');
  await writeFile(path, serialDisk({ everyTicks: QUIET_TICKS }), { mode: 0o644 });
  return object('VirtualMachineImage', IMAGE, { source: { file: { path } }, format: 'raw' });
}

export const disk = (name: string, size = '64Mi'): object =>
  object('VirtualMachineDisk', name, { size, source: { image: { name: IMAGE } } });

export const blankDisk = (name: string, size: string): object => object('VirtualMachineDisk', name, { size });

export const diskCopy = (name: string, of: string): object =>
  object('VirtualMachineDisk', name, { source: { disk: { name: of } } });

/** A machine with one disk and nothing that a server without a screen does without. */
export const machine = (name: string, diskName: string, powerState: 'Running' | 'Stopped' = 'Running'): object =>
  object('VirtualMachine', name, {
    powerState,
    stop: { method: 'Force' },
    memory: { size: '32Mi' },
    disks: [{ name: 'root', disk: { name: diskName } }],
    graphics: [],
    video: [],
    channels: [],
    inputs: [],
    rng: [],
    balloon: { enabled: false },
  });

export const snapshot = (name: string, of: string, memory: boolean): object =>
  object('VirtualMachineSnapshot', name, { virtualMachine: { name: of }, memory });
