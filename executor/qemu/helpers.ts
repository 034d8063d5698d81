import type { CompleteSpec } from './defaults.ts';
import { Refusal } from './refusal.ts';
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
  /** A folder that it sees so that nobody can write to it. */
  readonly readOnly?: string;
}

/** qemu's own server of folders, until 8.0, or the one in Rust that came after it. */
export type Virtiofsd = 'c' | 'rust';

/** Which of the two says this of its version. */
export const flavourOf = (version: string): Virtiofsd => (/^virtiofsd version|FUSE/.test(version) ? 'c' : 'rust');

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

/**
 * Settles which banks of PCRs a TPM has, before it is started; one that has begun to remember is changed. Pure.
 * Source: man swtpm_setup
 */
export function pcrBanks(banks: readonly string[], files: Omit<TpmFiles, 'runDir'>, isNew: boolean): string[] {
  const { state, passphrase } = files;
  const key = passphrase === undefined ? [] : ['--pwdfile', passphrase, '--cipher', 'aes-256-cbc'];
  const how = isNew ? '--not-overwrite' : '--reconfigure';
  return ['--tpm2', '--tpmstate', state, '--pcr-banks', banks.join(','), how, ...key];
}

const onOff = (name: string, value: boolean | undefined): string[] =>
  value === undefined ? [] : ['-o', value ? name : `no_${name}`];

/** Source: docs/tools/virtiofsd.rst of qemu 7.2 */
function wordsOfC({ path = '', daemon = {} }: Share): string[] {
  const cache = daemon.cache === 'never' || daemon.cache === 'metadata' ? 'none' : daemon.cache;
  return [
    ...['-o', `source=${path}`],
    ...(cache ? ['-o', `cache=${cache}`] : []),
    ...(daemon.sandbox ? ['-o', `sandbox=${daemon.sandbox}`] : []),
    ...onOff('xattr', daemon.xattr),
    ...onOff('posix_lock', daemon.posixLock),
    ...onOff('flock', daemon.flock),
  ];
}

/** Source: https://gitlab.com/virtio-fs/virtiofsd, README.md */
function wordsOfRust({ name, path = '', daemon = {} }: Share): string[] {
  if (daemon.posixLock || daemon.flock) {
    const message = 'the virtiofsd of this node has no locks that guests share; leave posixLock and flock out';
    throw new Refusal('VirtiofsLocks', `spec.filesystems[${name}].daemon`, message);
  }
  return [
    ...['--shared-dir', path],
    ...(daemon.cache ? ['--cache', daemon.cache === 'none' ? 'never' : daemon.cache] : []),
    ...(daemon.sandbox ? ['--sandbox', daemon.sandbox] : []),
    ...(daemon.xattr ? ['--xattr'] : []),
  ];
}

const WORDS = { c: wordsOfC, rust: wordsOfRust } satisfies Record<Virtiofsd, (share: Share) => string[]>;

/** The server of one folder, which Debian 12 has of qemu's own kind. @throws Refusal for what the other kind lacks */
export function virtiofsd(share: Share, index: number, runDir: string, flavour: Virtiofsd = 'c'): Helper {
  const { path, daemon = {}, readOnly } = share;
  const socket = shareSocket(runDir, index);
  return {
    program: 'virtiofsd',
    argv: [
      `--socket-path=${socket}`,
      ...WORDS[flavour](share),
      ...(daemon.threadPool === undefined ? [] : [`--thread-pool-size=${daemon.threadPool}`]),
      ...(daemon.openFiles === undefined ? [] : [`--rlimit-nofile=${daemon.openFiles}`]),
    ],
    socket,
    privileged: true,
    ...(readOnly && path !== undefined && { readOnly: path }),
  };
}

/** Whether the executor runs an emulator for a machine's TPM. */
export const isEmulated = (tpm: Tpm | undefined): tpm is Tpm =>
  tpm !== undefined && tpm.passthrough === undefined && tpm.external === undefined;

/** Shares that the executor serves: those without somebody else's socket. */
export const served = (shares: readonly Share[]): Share[] =>
  shares.filter(({ type, socket }) => type === 'virtiofs' && socket === undefined);
