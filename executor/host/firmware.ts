import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FirmwareFile, UefiFirmware } from '../qemu/firmware.ts';

/** The administrator's come first; a file hides the one of its name further down. */
const FOLDERS = ['/etc/qemu/firmware', '/usr/share/qemu/firmware'];

interface Descriptor {
  readonly 'interface-types'?: readonly string[];
  readonly mapping?: {
    readonly device?: string;
    readonly mode?: string;
    readonly executable?: { readonly filename?: string; readonly format?: string };
    readonly 'nvram-template'?: { readonly filename?: string; readonly format?: string };
  };
  readonly targets?: readonly { readonly architecture?: string; readonly machines?: readonly string[] }[];
  readonly features?: readonly string[];
}

/**
 * The UEFI firmware of this node for an architecture, the preferred one first. A descriptor that cannot be read is left out.
 * Source: https://qemu.org/docs/master/interop/firmware.json
 */
export async function findFirmware(architecture = 'x86_64', folders = FOLDERS): Promise<UefiFirmware[]> {
  const files = new Map<string, string>();
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (name.endsWith('.json') && !files.has(name)) files.set(name, join(folder, name));
    }
  }
  const sorted = [...files].sort(([one], [other]) => (one < other ? -1 : 1));
  const found = await Promise.all(sorted.map(async ([, path]) => toFirmware(await read(path), architecture)));
  return found.filter((one) => one !== undefined);
}

/** An empty file hides another one of its name, as the interface says. */
async function read(path: string): Promise<Descriptor> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Descriptor;
  } catch {
    return {};
  }
}

const toFile = (file?: { readonly filename?: string; readonly format?: string }): FirmwareFile | undefined =>
  file?.filename === undefined ? undefined : { path: file.filename, format: file.format === 'qcow2' ? 'qcow2' : 'raw' };

function toFirmware(descriptor: Descriptor, architecture: string): UefiFirmware | undefined {
  const { mapping, targets = [], features = [] } = descriptor;
  const code = toFile(mapping?.executable);
  const machines = targets.filter((one) => one.architecture === architecture).flatMap((one) => one.machines ?? []);
  const isUefi = descriptor['interface-types']?.includes('uefi') && mapping?.device === 'flash';
  if (!isUefi || !code || machines.length === 0) return undefined;
  const variables = mapping.mode === 'stateless' ? undefined : toFile(mapping['nvram-template']);
  return { code, machines, features, ...(variables && { variables }) };
}
