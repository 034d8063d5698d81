import { createWriteStream } from 'node:fs';
import { chown, type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { HostPaths, Owner } from '../../host/index.ts';
import { chooseUefi, type UefiChoice } from '../../qemu/firmware.ts';
import { Refusal } from '../../qemu/refusal.ts';
import { ImportRefusedError, openImport } from '../../storage/import/open.ts';
import type { MachineHost } from './host.ts';

/** The largest flash that a PC has room for below 4 GiB is 8 MiB; a qcow2 of it is not much more. */
const LARGEST = 64 * 1024 ** 2;

const folderOf = (paths: HostPaths): string => join(paths.home, 'nvram');

/** The machine's own variable store. It outlives its runs, so it is not in the run folder. */
export const variablesFile = (paths: HostPaths, uid: string): string => join(folderOf(paths), `${uid}.fd`);

export const removeVariables = (paths: HostPaths, uid: string): Promise<void> =>
  rm(variablesFile(paths, uid), { force: true });

export interface FirmwareParts {
  readonly host: MachineHost;
  readonly machine: VirtualMachine;
  readonly machineType: string;
  readonly importFolders: readonly string[];
}

/**
 * Sees to the files of a machine's firmware before it starts: one of its own must be where the administrator allows it, and
 * its variables are copied once. @throws Refusal
 */
export async function prepareFirmware({ host, machine, machineType, importFolders }: FirmwareParts): Promise<void> {
  const { uefi } = machine.spec.machine?.firmware ?? {};
  for (const { field, path } of filesIn(machine)) await allowed(field, path, importFolders);
  if (!uefi) return;
  const choice = chooseUefi(uefi, machineType, host.abilities);
  if (!choice.known) await allowed(`${FIELD}.uefi.loader.path`, choice.code.path, importFolders);
  const uid = machine.metadata.uid ?? '';
  if (uefi.stateless || (await exists(variablesFile(host.paths, uid)))) return;
  await copyVariables(choice, { host, uid, importFolders });
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A start that was killed in between leaves a part, which the next one writes anew. */
async function copyVariables(
  { sources }: UefiChoice,
  { host, uid, importFolders }: { host: MachineHost; uid: string; importFolders: readonly string[] },
): Promise<void> {
  const from = await firstOf(sources, host, importFolders);
  const path = variablesFile(host.paths, uid);
  const part = `${path}.part`;
  await mkdir(folderOf(host.paths), { recursive: true, mode: 0o711 });
  const to = createWriteStream(part, { mode: 0o600 });
  await pipeline(from.createReadStream({ start: 0, end: LARGEST }), to);
  const owner: Owner | undefined = host.user.user;
  if (owner) await chown(part, owner.uid, owner.gid);
  await rename(part, path);
}

/** The store that the spec names may be on the node that the machine came from: then the template is the beginning. */
async function firstOf(sources: readonly string[], host: MachineHost, folders: readonly string[]): Promise<FileHandle> {
  for (const [index, path] of sources.entries()) {
    if (isTemplate(path, host)) return open(path);
    if (index === sources.length - 1 || (await exists(path)))
      return openAllowed(`${FIELD}.uefi.variables`, path, folders);
  }
  const message = 'the node does not know what the variables of this firmware start with; name a template';
  throw new Refusal('FirmwareMissing', `${FIELD}.uefi.variables.template`, message);
}

const isTemplate = (path: string, { abilities }: MachineHost): boolean =>
  (abilities.firmware ?? []).some(({ variables }) => variables?.path === path);

const FIELD = 'spec.machine.firmware';

/** Files of the node that the guest is given, which must be where the administrator allows it. */
function filesIn({ spec }: VirtualMachine): { readonly field: string; readonly path: string }[] {
  const { firmware, boot, firmwareConfig = [] } = spec.machine ?? {};
  const named = (field: string, path: string | undefined) => (path === undefined ? [] : [{ field, path }]);
  return [
    ...named('spec.machine.firmware.bios.file', firmware?.bios?.file),
    ...(boot?.acpiTables ?? []).flatMap(({ path }) => named('spec.machine.boot.acpiTables', path)),
    ...firmwareConfig.flatMap(({ path }) => named('spec.machine.firmwareConfig', path)),
    ...(spec.memory.devices ?? []).flatMap(({ name, path }) => named(`spec.memory.devices[${name}].path`, path)),
  ];
}

async function openAllowed(field: string, path: string, folders: readonly string[]): Promise<FileHandle> {
  try {
    const file = await openImport(path, folders);
    if (field.startsWith('spec.memory') || (await file.stat()).size <= LARGEST) return file;
    await file.close();
  } catch (error) {
    if (!(error instanceof ImportRefusedError)) throw error;
    throw new Refusal('FirmwareMissing', field, error.message);
  }
  throw new Refusal('FirmwareMissing', field, `${path} is larger than any firmware`);
}

async function allowed(field: string, path: string, folders: readonly string[]): Promise<void> {
  await (await openAllowed(field, path, folders)).close();
}
