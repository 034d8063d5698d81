import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyse, type Manifest } from '../../analyser/index.ts';
import { QEMU_BINARY, type QemuInput, qemuCommandLine, type Volume } from '../../executor/qemu/argv.ts';
import { controlSocket, pipeInput, pipeOutput, serialPipe } from '../../executor/qemu/sockets.ts';
import { connectQmp, type Qmp } from '../../executor/qmp/index.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import { until } from '../e2e/until.ts';
import { endChild } from '../fixtures/end.ts';
import { FIXTURES, samples } from './corpus.ts';

/** Machines that need nothing of the host: no UEFI, no huge pages, no kernel, no devices of its own. */
const ANYWHERE = ['minimal.xml', 'virt-install.xml', 'running.xml', 'cloud.xml', 'frame.xml'];
const SERIALS = 3;

let folder = '';
const running: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmctl-an-'));
});
afterAll(async () => {
  for (const one of running) await endChild(one, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

const UUID = '7d8f3c1a-1b9f-4a53-8a50-0d9d35f4b7aa';

/** An empty volume for each disk, as the executor would have made it from the image. */
function volume(machine: string, name: string): Volume {
  const path = join(folder, `${machine}-${name}.qcow2`);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', path, '1M']);
  return { path, format: 'qcow2', readOnly: false, directIo: false };
}

type Spec = QemuInput['spec'];

/** The machine without the files, sockets and logs of the host that it is from: disks of pools in place of them. */
function anywhere(spec: Spec): Spec {
  const own = <T extends { backend?: unknown; log?: unknown }>({ backend: _, log: __, ...rest }: T) => rest;
  return {
    ...spec,
    disks: (spec.disks ?? []).map(({ source, ...disk }) => (source ? { ...disk, disk: { name: disk.name } } : disk)),
    serials: (spec.serials ?? []).map(own),
    channels: (spec.channels ?? []).map(own),
    consoles: (spec.consoles ?? []).map(own),
    graphics: (spec.graphics ?? []).map(({ name }) => ({ name, vnc: {} })),
  };
}

function inputOf({ metadata: { name }, spec: written }: Manifest<'VirtualMachine'>): QemuInput {
  const spec = anywhere(kinds.VirtualMachine.spec.parse(written));
  const filled = (spec.disks ?? []).filter(({ disk, image }) => disk ?? image);
  const runDir = join(folder, name);
  execFileSync('mkdir', [runDir]);
  for (let index = 0; index < SERIALS; index += 1) {
    for (const kind of ['serial', 'console']) {
      const pipe = serialPipe(runDir, index).replace('serial', kind);
      execFileSync('mkfifo', [pipeInput(pipe), pipeOutput(pipe)]);
    }
  }
  return {
    namespace: 'default',
    name,
    uuid: UUID,
    spec,
    accelerator: 'tcg',
    machineType: spec.machine?.type ?? 'q35',
    runDir,
    volumes: Object.fromEntries(filled.map((disk) => [disk.name, volume(name, disk.name)])),
    networks: Object.fromEntries((spec.interfaces ?? []).map((nic) => [nic.name, { user: { forwards: [] } }])),
    host: { vhostVsock: false, vfio: false, usbHost: false },
    slots: {},
    extraArguments: false,
  };
}

for (const { name, xml } of samples(FIXTURES).filter((one) => ANYWHERE.includes(one.name))) {
  test(`qemu takes the machine of ${name}`, async () => {
    const input = inputOf(analyse(xml).objects[0] as Manifest<'VirtualMachine'>);
    const qemu = spawn(QEMU_BINARY, qemuCommandLine(input), { stdio: ['ignore', 'ignore', 'pipe'] });
    running.push(qemu);
    let said = '';
    qemu.stderr.on('data', (data) => {
      said += String(data);
    });
    let qmp: Qmp | undefined;
    const greeted = async (): Promise<boolean> => {
      qmp = await connectQmp(controlSocket(input.runDir), { timeoutMs: 60_000 }).catch(() => undefined);
      return qmp !== undefined || qemu.exitCode !== null;
    };
    await until(greeted, { limitMs: 60_000, what: () => `qemu: ${said}` });
    expect(qemu.exitCode, said).toBeNull();
    expect(await qmp?.execute('query-status')).toMatchObject({ status: 'prelaunch', running: false });
    qmp?.close();
  });
}
