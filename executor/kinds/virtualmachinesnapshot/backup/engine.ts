import type { VirtualMachine } from '../../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../../controller/types.ts';
import { besideRunDir, hostPaths, runDirOf } from '../../../host/index.ts';
import { attachedChains } from '../../../qemu/block-chain.ts';
import type { Qmp } from '../../../qmp/index.ts';
import { activeFile } from '../../../storage/chain/index.ts';
import { startStorageDaemon } from '../../../storage/daemon.ts';
import { requireNoQemu } from '../../common/disk-users.ts';
import { uidOf } from '../../common/object.ts';
import { SnapshotError } from '../errors.ts';
import type { Target } from '../targets.ts';

/** What copies: the machine's own qemu, or one without a machine where that is off. */
export interface Engine extends AsyncDisposable {
  readonly qmp: Qmp;
  /** The guest may write meanwhile. */
  readonly live: boolean;
  /** The format node of each disk, by its name in the machine. */
  readonly nodes: ReadonlyMap<string, string>;
}

/** Call it inside `exclusive`, and keep that until an engine that is not live has ended. */
export async function openEngine(
  context: Context,
  machine: VirtualMachine,
  targets: readonly Target[],
): Promise<Engine> {
  const qmp = context.machines.qmp(uidOf(machine));
  if (qmp) return { qmp, live: true, nodes: await liveNodes(qmp, targets), [Symbol.asyncDispose]: async () => {} };
  requireNoQemu(uidOf(machine), machine.metadata.name);
  const runDir = runDirOf(hostPaths(context.settings.home), uidOf(machine));
  const daemon = await startStorageDaemon(besideRunDir(runDir, 'backup.sock'));
  try {
    const nodes = await openVolumes(daemon.qmp, targets);
    return { qmp: daemon.qmp, live: false, nodes, [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose]() };
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
}

async function liveNodes(qmp: Qmp, targets: readonly Target[]): Promise<Map<string, string>> {
  const chains = await attachedChains(qmp);
  return new Map(
    targets.map(({ name }) => {
      const node = chains.get(name)?.files[0].node;
      if (node !== undefined) return [name, node] as const;
      throw new SnapshotError(
        'DiskNotFound',
        `the running machine has no disk ${name}: restart it, or leave the disk out of spec.disks`,
      );
    }),
  );
}

async function openVolumes(qmp: Qmp, targets: readonly Target[]): Promise<Map<string, string>> {
  const nodes = new Map<string, string>();
  for (const [index, target] of targets.entries()) {
    const { path, format } = await activeFile(target);
    const [file, node] = [`file${index}`, `disk${index}`];
    await qmp.execute('blockdev-add', { driver: 'file', 'node-name': file, filename: path });
    await qmp.execute('blockdev-add', { driver: format, 'node-name': node, file });
    nodes.set(target.name, node);
  }
  return nodes;
}
