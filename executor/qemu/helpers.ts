import type { CompleteSpec } from './defaults.ts';
import { shareSocket, tpmSocket } from './sockets.ts';

type Tpm = NonNullable<CompleteSpec['tpm']>;
type Share = CompleteSpec['filesystems'][number];

/** A program beside qemu, which it ends with. */
export interface Helper {
  /** `swtpm`, or one of the names of virtiofsd. */
  readonly program: string;
  readonly argv: readonly string[];
  /** The socket that it makes; qemu is started once it is there. */
  readonly socket: string;
  /** Whether it needs the executor's own rights: a server of folders acts for every user of the guest. */
  readonly privileged: boolean;
}

export interface TpmFiles {
  /** Folder of the state, which is the guest's secrets. */
  readonly state: string;
  readonly runDir: string;
  /** File with the passphrase of the state. */
  readonly passphrase?: string;
}

/** swtpm for one machine: it serves one qemu and ends when that lets go. Source: man swtpm */
export function swtpm({ version, debug }: Tpm, { state, runDir, passphrase }: TpmFiles): Helper {
  const socket = tpmSocket(runDir);
  const log = ['--log', `file=${runDir}/swtpm.log${debug ? `,level=${debug}` : ''}`];
  const key = passphrase === undefined ? [] : ['--key', `pwdfile=${passphrase},mode=aes-256-cbc,kdf=pbkdf2`];
  return {
    program: 'swtpm',
    argv: [
      ...['socket', '--ctrl', `type=unixio,path=${socket},mode=0600`],
      ...['--tpmstate', `dir=${state},mode=0600`],
      ...log,
      '--terminate',
      ...(version === '2.0' ? ['--tpm2'] : []),
      ...key,
    ],
    socket,
    privileged: false,
  };
}

const onOff = (name: string, value: boolean | undefined): string[] =>
  value === undefined ? [] : ['-o', value ? name : `no_${name}`];

/** qemu's own virtiofsd, which Debian 12 has; it came with qemu until 8.0. Source: docs/tools/virtiofsd.rst */
export function virtiofsd(share: Share, index: number, runDir: string): Helper {
  const { path = '', daemon = {} } = share;
  const socket = shareSocket(runDir, index);
  const cache = daemon.cache === 'never' || daemon.cache === 'metadata' ? 'none' : daemon.cache;
  return {
    program: 'virtiofsd',
    argv: [
      `--socket-path=${socket}`,
      ...['-o', `source=${path}`],
      ...(cache ? ['-o', `cache=${cache}`] : []),
      ...(daemon.sandbox ? ['-o', `sandbox=${daemon.sandbox}`] : []),
      ...onOff('xattr', daemon.xattr),
      ...onOff('posix_lock', daemon.posixLock),
      ...onOff('flock', daemon.flock),
      ...(daemon.threadPool === undefined ? [] : [`--thread-pool-size=${daemon.threadPool}`]),
      ...(daemon.openFiles === undefined ? [] : [`--rlimit-nofile=${daemon.openFiles}`]),
    ],
    socket,
    privileged: true,
  };
}

/** Whether the executor runs an emulator for a machine's TPM. */
export const isEmulated = (tpm: Tpm | undefined): tpm is Tpm =>
  tpm !== undefined && tpm.passthrough === undefined && tpm.external === undefined;

/** Shares that the executor serves: those without somebody else's socket. */
export const served = (shares: readonly Share[]): Share[] =>
  shares.filter(({ type, socket }) => type === 'virtiofs' && socket === undefined);
