import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, watch } from 'node:fs';
import { access, chown, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { findHelper } from '../../host/helper-programs.ts';
import type { HostPaths } from '../../host/index.ts';
import { openRegular } from '../../host/open-regular.ts';
import { run } from '../../host/run.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import { flavourOf, type Helper, isEmulated, pcrBanks, served, swtpm, virtiofsd } from '../../qemu/helpers.ts';
import { launchCommand, type QemuUser } from '../../qemu/process/launch.ts';
import { tailLog } from '../../qemu/process/log.ts';
import { Refusal } from '../../qemu/refusal.ts';
import { secretFile } from '../../qemu/secrets.ts';

/** How long a program may take until its socket is there. */
const READY_MS = 10_000;

export interface HelperParts {
  readonly paths: HostPaths;
  readonly machine: VirtualMachine;
  readonly runDir: string;
  readonly user?: QemuUser | undefined;
  readonly cgroupProcs: readonly string[];
}

/** Programs that run beside one qemu. */
export interface Helpers {
  /** Ends them: qemu did not come to use them. Those of a qemu that runs end with it. */
  stop(): void;
}

/** What a guest's TPM remembers is kept between runs, and goes when the machine goes, unless it is to stay. */
const stateFolder = (paths: HostPaths, uid: string): string => join(paths.home, 'tpm', uid);

export async function removeTpmState(paths: HostPaths, machine: VirtualMachine): Promise<void> {
  if (machine.spec.tpm?.persistent) return;
  await rm(stateFolder(paths, machine.metadata.uid ?? ''), { recursive: true, force: true });
}

async function tpmHelper({ paths, machine, runDir, user }: HelperParts): Promise<Helper[]> {
  const { tpm } = machine.spec;
  if (!isEmulated(tpm)) return [];
  if (tpm.statePath !== undefined) {
    throw new Refusal('TpmState', 'spec.tpm.statePath', 'the state is kept by the executor; leave the path out');
  }
  const state = stateFolder(paths, machine.metadata.uid ?? '');
  await mkdir(join(paths.home, 'tpm'), { recursive: true, mode: 0o711 });
  await mkdir(state, { recursive: true, mode: 0o700 });
  if (user) await chown(state, user.uid, user.gid);
  const passphrase = tpm.encryption && secretFile(runDir, tpm.encryption);
  if (tpm.version === '2.0' && tpm.activePcrBanks) {
    await setBanks(tpm.activePcrBanks, { state, ...(passphrase !== undefined && { passphrase }) }, user);
  }
  return [swtpm(tpm, { state, runDir, ...(passphrase !== undefined && { passphrase }) })];
}

const STATE = 'tpm2-00.permall';

async function setBanks(
  banks: readonly string[],
  files: Parameters<typeof pcrBanks>[1],
  user: QemuUser | undefined,
): Promise<void> {
  const program = await findHelper('swtpm_setup');
  if (!program) {
    const message = 'swtpm_setup is not installed on this node (swtpm-tools); leave the banks out, or install it';
    throw new Refusal('HelperMissing', 'spec.tpm.activePcrBanks', message);
  }
  const words = pcrBanks(banks, files, !(await isThere(join(files.state, STATE))));
  const [file = '', ...argv] = launchCommand([program, ...words], user ? { user } : {});
  await run(file, argv, READY_MS).catch((error: Error & { stdout?: string }) => {
    const said = (error.stdout ?? '').trim().split('\n').slice(-3).join('; ') || error.message;
    throw new Refusal('HelperFailed', 'spec.tpm.activePcrBanks', `swtpm_setup says: ${said}`);
  });
}

async function shareHelpers({ machine, runDir }: HelperParts): Promise<Helper[]> {
  const { filesystems } = completeSpec(machine.spec);
  const shares = served(filesystems);
  const binary = shares.length > 0 ? await findHelper('virtiofsd') : undefined;
  if (binary === undefined) return [];
  const flavour = flavourOf(await run(binary, ['--version']));
  return shares.map((share) => virtiofsd(share, filesystems.indexOf(share), runDir, flavour));
}

/**
 * Shows a program one folder that it cannot write to, whatever it is asked; neither it nor what is mounted below it for others
 * is changed. Nothing is ever pasted into it.
 */
const READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"';

const commandOf = (binary: string, { argv, readOnly }: Helper): string[] =>
  readOnly === undefined
    ? [binary, ...argv]
    : [
        ...['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', READ_ONLY],
        'vmctl-share',
        readOnly,
        binary,
        ...argv,
      ];

/**
 * Starts what a machine needs beside qemu, and waits until it can be connected to.
 * @throws Refusal where a program is not there or ends
 */
export async function startHelpers(parts: HelperParts): Promise<Helpers> {
  const helpers = [...(await tpmHelper(parts)), ...(await shareHelpers(parts))];
  const children: ChildProcess[] = [];
  const stop = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  try {
    for (const helper of helpers) children.push(await startHelper(helper, parts));
  } catch (error) {
    stop();
    throw error;
  }
  return { stop };
}

async function startHelper(helper: Helper, { runDir, user, cgroupProcs }: HelperParts): Promise<ChildProcess> {
  const binary = await findHelper(helper.program);
  if (!binary) throw new Refusal('HelperMissing', 'spec', `${helper.program} is not installed on this node`);
  await rm(helper.socket, { force: true });
  const log = join(runDir, `${basename(helper.socket)}.log`);
  const out = await openRegular(log, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
  if (!out) throw new Error(`the folder of ${log} is not there`);
  try {
    const confined = helper.privileged ? {} : { ...(user && { user }) };
    const [file = '', ...argv] = launchCommand(commandOf(binary, helper), { ...confined, cgroupProcs });
    const child = spawn(file, argv, { detached: true, stdio: ['ignore', out.fd, out.fd], cwd: '/', env: ENVIRONMENT });
    child.unref();
    await ready(child, helper, log);
    if (helper.privileged && user) await chown(helper.socket, user.uid, user.gid);
    return child;
  } finally {
    await out.close();
  }
}

const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The folder tells of the socket; nobody looks again and again. */
async function ready(child: ChildProcess, { socket, program }: Helper, log: string): Promise<void> {
  const ended = once(child, 'exit').then(() => 'ended' as const);
  const stopper = new AbortController();
  const timer = setTimeout(() => stopper.abort(), READY_MS);
  try {
    const seen = new Promise<'there'>((resolve) => {
      const watcher = watch(join(socket, '..'), { signal: stopper.signal }, () => {
        void isThere(socket).then((there) => there && resolve('there'));
      });
      watcher.on('error', () => {});
      void isThere(socket).then((there) => there && resolve('there'));
    });
    const late = once(stopper.signal, 'abort').then(() => 'late' as const);
    if ((await Promise.race([ended, seen, late])) === 'there') return;
  } finally {
    clearTimeout(timer);
    stopper.abort();
  }
  child.kill('SIGKILL');
  const words = (await tailLog(log, { maxBytes: 500 })).trim();
  throw new Refusal('HelperFailed', 'spec', `${program} did not start: ${words || 'it said nothing'}`);
}
