import { OURS } from '../api/resources.ts';
import { draft } from '../apply/make.ts';
import type { Draft } from '../apply/manifests.ts';
import { usage } from '../errors.ts';
import { objectName } from '../names.ts';
import { sizeText } from '../size.ts';
import { parseForward } from './forward.ts';

/** What `vmctl create` was told. */
export interface MachineFlags {
  readonly image?: string | undefined;
  readonly disk?: readonly string[] | undefined;
  readonly 'disk-size'?: string | undefined;
  readonly pool?: string | undefined;
  readonly cpus: number;
  readonly memory: string;
  readonly network: string;
  readonly forward?: readonly string[] | undefined;
  readonly start: boolean;
  /** `spec.cloudInit`. */
  readonly cloudInit?: object;
}

function rootDisk({ image, pool, 'disk-size': size }: MachineFlags): object[] {
  const place = {
    ...(size !== undefined && { size: sizeText(size) }),
    ...(pool !== undefined && { pool: objectName(pool) }),
  };
  if (image !== undefined) return [{ name: 'root', image: { name: objectName(image), ...place } }];
  return size === undefined ? [] : [{ name: 'root', blank: place }];
}

function disks(flags: MachineFlags): object[] {
  const existing = (flags.disk ?? []).map((name, i) => ({ name: `disk${i}`, disk: { name: objectName(name) } }));
  const all = [...rootDisk(flags), ...existing];
  if (all.length > 0) return all;
  throw usage('what should the machine boot from?', '--image NAME, --disk NAME, or --disk-size SIZE for an empty disk');
}

function interfaces({ network, forward = [] }: MachineFlags): object[] {
  if (network === 'none') {
    if (forward.length > 0) throw usage('--forward needs a network', 'leave out --network none');
    return [];
  }
  const forwards = forward.map(parseForward);
  return [{ name: 'eth0', network: { name: objectName(network) }, ...(forwards.length > 0 && { forwards }) }];
}

/** The machine that a command line describes. @throws Failure (usage) */
export function buildMachine(name: string, flags: MachineFlags): Draft {
  const nics = interfaces(flags);
  return draft(
    OURS.VirtualMachine,
    { name: objectName(name) },
    {
      powerState: flags.start ? 'Running' : 'Stopped',
      cpu: { cores: flags.cpus },
      memory: { size: sizeText(flags.memory) },
      disks: disks(flags),
      ...(nics.length > 0 && { interfaces: nics }),
      ...(flags.cloudInit && { cloudInit: flags.cloudInit }),
    },
  );
}
