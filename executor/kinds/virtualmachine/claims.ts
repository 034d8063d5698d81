import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { isNodeFenced } from '../../cluster/fenced.ts';
import type { Context } from '../../controller/types.ts';
import type { Volume } from '../../qemu/argv.ts';
import { volumeOf } from '../../storage/chain/index.ts';
import { claimVolume, hostIdentity, releaseVolume, type Writer } from '../../storage/volume/writer.ts';
import { lives } from '../common/writers.ts';

type Volumes = Readonly<Record<string, Pick<Volume, 'path' | 'readOnly'>>>;

/** A device of the host has no folder of ours beside it. */
const written = (volumes: Volumes): string[] =>
  Object.values(volumes)
    .filter(({ path, readOnly }) => !readOnly && !path.startsWith('/dev/'))
    .map(({ path }) => volumeOf(path));

const writerOf = ({ nodeName, facts }: Context, { metadata }: VirtualMachine): Writer => ({
  machine: { namespace: metadata.namespace ?? 'default', name: metadata.name, uid: metadata.uid ?? '' },
  node: nodeName,
  host: hostIdentity(),
  bootId: facts.bootId,
});

/** Takes the volumes that a machine is about to write to. @throws VolumeInUseError */
export async function claimVolumes(context: Context, machine: VirtualMachine, volumes: Volumes): Promise<void> {
  const writer = writerOf(context, machine);
  const fenced = ({ node }: Writer) => isNodeFenced(context.client, node);
  for (const path of written(volumes)) await claimVolume(path, writer, lives, fenced);
}

/** Gives them free: no qemu of the machine has them open any more. */
export async function releaseVolumes(
  { nodeName }: Pick<Context, 'nodeName'>,
  uid: string,
  volumes: Volumes,
): Promise<void> {
  for (const path of written(volumes)) await releaseVolume(path, uid, nodeName);
}
