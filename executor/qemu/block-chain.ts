import type { BlockStats, Qmp } from '../qmp/index.ts';
import { diskDevice } from './identifiers.ts';

/** A format node and the file under it. */
export interface AttachedFile {
  readonly node: string;
  readonly path: string;
}

/** What a running qemu has behind a disk. */
export interface AttachedChain {
  /** The node that the device has: the uppermost, a filter of limits included. Commands that want a root node want this. */
  readonly root: string;
  /** The file that is written to first, then what it is an overlay on. Never empty. */
  readonly files: readonly [AttachedFile, ...AttachedFile[]];
}

const DEVICE = /^\/machine\/peripheral\/([^/]+)/;
const FILTERS: readonly string[] = [
  'throttle',
  'copy-on-read',
  'copy-before-write',
  'mirror_top',
  'commit_top',
  'backup-top',
];

/** Asks qemu what is behind a disk now: snapshots and merges put other nodes there than it was started with. */
export async function attachedChain(qmp: Qmp, disk: string): Promise<AttachedChain> {
  const found = (await attachedChains(qmp)).get(disk);
  if (found) return found;
  throw new Error(`qemu has no disk ${disk} with a medium`);
}

/** Every disk with a medium, by its name in the machine. */
export async function attachedChains(qmp: Qmp): Promise<Map<string, AttachedChain>> {
  const [devices, nodes] = await Promise.all([
    qmp.execute('query-blockstats'),
    qmp.execute('query-named-block-nodes', { flat: true }),
  ]);
  const known = new Map(nodes.map((node) => [node['node-name'], { driver: node.drv, path: node.file }]));
  const prefix = diskDevice('');
  const chains = new Map<string, AttachedChain>();
  for (const device of devices) {
    const id = DEVICE.exec(device.qdev ?? '')?.[1];
    const files = filesOf(device, (name) => known.get(name));
    const [first, ...rest] = files;
    if (!id?.startsWith(prefix) || device['node-name'] === undefined || !first) continue;
    chains.set(id.slice(prefix.length), { root: device['node-name'], files: [first, ...rest] });
  }
  return chains;
}

function filesOf(
  device: BlockStats,
  lookUp: (node: string) => { readonly driver: string; readonly path: string } | undefined,
): AttachedFile[] {
  const files: AttachedFile[] = [];
  for (let at: BlockStats | undefined = device; at !== undefined; at = at.backing) {
    const node = at['node-name'] ?? '';
    const known = lookUp(node);
    if (known && !FILTERS.includes(known.driver)) files.push({ node, path: known.path });
  }
  return files;
}
