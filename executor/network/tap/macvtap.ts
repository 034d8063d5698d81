import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { deviceNumber } from '../../host/device-number.ts';
import type { MacvtapBackend } from '../../qemu/argv.ts';
import { Refusal } from '../../qemu/refusal.ts';
import { applyLinks, findLink, type Link } from '../link/link.ts';
import { formatMark, type Mark } from '../names.ts';
import { runProgram } from '../run.ts';

type Words = readonly string[];

export interface WantedMacvtap {
  readonly nic: string;
  readonly backend: MacvtapBackend;
  readonly mark: Mark;
}

const MODES = { vepa: 'vepa', bridge: 'bridge', private: 'private', passthrough: 'passthru' } as const;

/** What to do for a macvtap to be as it should: one that is there is made anew, it belonged to an earlier start. Pure. */
export function planMacvtap({ backend, mark }: WantedMacvtap, seen: Link | undefined): Words[] {
  const { device, over, mode, macAddress, mtu } = backend;
  const set = ['link', 'set', 'dev', device];
  return [
    ...(seen ? [['link', 'del', 'dev', device]] : []),
    ['link', 'add', 'link', over, 'name', device, 'address', macAddress, 'type', 'macvtap', 'mode', MODES[mode]],
    [...set, 'alias', formatMark(mark)],
    [...set, 'addrgenmode', 'none'],
    ...(mtu === undefined ? [] : [[...set, 'mtu', String(mtu)]]),
    [...set, 'up'],
  ];
}

type Explain = (over: string) => string;

/** What the kernel's refusals mean, by its words. */
const REASONS: readonly (readonly [pattern: RegExp, reason: string, words: Explain])[] = [
  [/Cannot find device/i, 'DeviceMissing', (over) => `the node has no interface ${over}; name another`],
  [
    /Unknown device type|not supported/i,
    'ConnectionUnsupported',
    () => "the node's kernel has no macvtap; load the module macvtap, or put the interface on a network (bridge)",
  ],
  [
    /not permitted/i,
    'NeedsPrivilege',
    () => 'only root (CAP_NET_ADMIN) makes a macvtap: run the executor as root, or use a network of the type user',
  ],
  [/busy|Invalid argument/i, 'DeviceBusy', (over) => `${over} takes no macvtap of this mode; name another interface`],
];

/** Why a macvtap could not be made, as a condition of its machine. Pure. */
export function macvtapRefusal(nic: string, over: string, error: Error): Error {
  const found = REASONS.find(([pattern]) => pattern.test(error.message));
  if (!found) return error;
  const [, reason, words] = found;
  return new Refusal(reason, `spec.interfaces[${nic}].connection.direct`, `${words(over)} (${error.message})`);
}

/** Makes macvtaps and opens them, in their order; whoever starts qemu closes them. @throws Refusal */
export async function openMacvtaps(wanted: readonly WantedMacvtap[], folder: string): Promise<FileHandle[]> {
  const opened: FileHandle[] = [];
  try {
    for (const one of wanted) {
      const { device, over } = one.backend;
      await applyLinks(planMacvtap(one, await findLink(device))).catch((error: Error) => {
        throw macvtapRefusal(one.nic, over, error);
      });
      opened.push(await openDevice(device, folder));
    }
    return opened;
  } catch (error) {
    for (const handle of opened) await handle.close();
    throw error;
  }
}

const CLASS = '/sys/class/net';

/** The kernel's character device of a macvtap: where udev has made no node, or another namespace has one of its name, by ours. */
async function openDevice(device: string, folder: string): Promise<FileHandle> {
  const index = (await readFile(join(CLASS, device, 'ifindex'), 'utf8')).trim();
  const numbers = (await readFile(join(CLASS, device, 'macvtap', `tap${index}`, 'dev'), 'utf8')).trim();
  const usual = `/dev/tap${index}`;
  const about = await stat(usual, { bigint: true }).catch(() => undefined);
  const flags = constants.O_RDWR | constants.O_NONBLOCK;
  if (about?.isCharacterDevice() && deviceNumber(about.rdev) === numbers) return open(usual, flags);
  const own = join(folder, `${device}.node`);
  await rm(own, { force: true });
  await runProgram('mknod', ['-m', '0600', own, 'c', ...numbers.split(':')]);
  try {
    return await open(own, flags);
  } finally {
    await rm(own, { force: true });
  }
}
