import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type HostFacts,
  hostFacts,
  probeAccelerator,
  resolveQemuUser,
  TOOLS,
  type ToolName,
  type UserChoice,
} from '../host/index.ts';
import { isMended, probeIoUring } from '../host/io-uring.ts';
import { findQemuBinary } from '../host/qemu-binary.ts';
import { probeVlanFiltering } from '../network/link/vlan-probe.ts';
import { probePasst } from '../network/passt/probe.ts';
import type { Settings } from '../settings.ts';

/** One thing that was looked at. `warning` works with less; `missing` does not work. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'missing';
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

const ok = (name: string, message: string): Check => ({ name, status: 'ok', message });

function checkQemu({ qemu, architecture }: HostFacts): Check {
  if (qemu) return ok('qemu', `${qemu.path}, version ${qemu.version}`);
  const message = `qemu-system-${architecture} is not installed, or does not run`;
  return { name: 'qemu', status: 'missing', message, fix: 'apt-get install qemu-system-x86' };
}

function checkTool(name: ToolName, path: string | undefined): Check {
  if (path !== undefined) return ok(name, path);
  const tool = TOOLS[name];
  const status = tool.required ? 'missing' : 'warning';
  return { name, status, message: `not installed; needed for ${tool.purpose}`, fix: `apt-get install ${tool.package}` };
}

async function checkAcceleration(binary: string): Promise<Check> {
  const hostState = await mkdtemp(join(tmpdir(), 'vmctl-doctor-'));
  try {
    const { accelerator, reason } = await probeAccelerator({ binary, hostState });
    return { name: 'acceleration', status: accelerator === 'kvm' ? 'ok' : 'warning', message: reason };
  } finally {
    await rm(hostState, { recursive: true, force: true });
  }
}

/** Looks as machines' qemu does: as its user. */
async function checkIoUring(binary: string, { user }: UserChoice): Promise<Check> {
  const hostState = await mkdtemp(join(tmpdir(), 'vmctl-doctor-'));
  try {
    if (await probeIoUring({ binary, hostState, user })) {
      const mended = isMended((await findQemuBinary(binary))?.version);
      const message = mended
        ? 'disks are read and written by io_uring'
        : 'a disk may ask for io_uring (spec.disks[].io); this qemu can stand still with it, so none has it unasked';
      return ok('io_uring', message);
    }
    return ok(
      'io_uring',
      'qemu may not use io_uring here: a disk that asks for it needs sysctl kernel.io_uring_disabled=0',
    );
  } finally {
    await rm(hostState, { recursive: true, force: true });
  }
}

async function checkVlans(): Promise<Check[]> {
  const name = 'vlan-filtering';
  const found = await probeVlanFiltering();
  if (found === 'unknown') return [];
  if (found === 'yes') return [ok(name, 'networks of the type bridge may have VLAN tags')];
  const message = 'the kernel has no bridge VLAN filtering (CONFIG_BRIDGE_VLAN_FILTERING); needed for spec.bridge.vlan';
  return [{ name, status: 'warning', message, fix: 'use another kernel, or a network of the type ovs' }];
}

async function checkPasst(binary: string, { user }: UserChoice): Promise<Check[]> {
  const name = 'user-networks';
  const folder = join(tmpdir(), `vmctl-passt-${randomUUID()}`);
  const { works, pesto, version = '', reason = '' } = await probePasst({ binary, user, folder });
  if (works && pesto) return [ok(name, `carried by ${version}, or by slirp with backend: Slirp`)];
  if (works) return [ok(name, `carried by slirp, since ${reason}; by ${version} with backend: Passt`)];
  const message = `carried by slirp, since ${reason}`;
  return version === '' ? [ok(name, message)] : [{ name, status: 'warning', message }];
}

/** Looks at this host and changes nothing on it. */
export async function examine(settings: Settings): Promise<{ readonly checks: readonly Check[] }> {
  const facts = await hostFacts();
  const { cgroups, tools } = facts;
  const user = await resolveQemuUser(settings.qemuUser);
  const checks = [
    checkQemu(facts),
    ...(Object.keys(TOOLS) as ToolName[]).map((name) => checkTool(name, tools[name])),
    ...(facts.qemu ? [await checkAcceleration(facts.qemu.path), await checkIoUring(facts.qemu.path, user)] : []),
    ...(facts.qemu ? await checkPasst(facts.qemu.path, user) : []),
    ...(await checkVlans()),
    cgroups.version === 'none'
      ? ({ name: 'cgroups', status: 'warning', message: cgroups.reason } as const)
      : ok('cgroups', `machines get control groups of their own (${cgroups.version})`),
    user.user
      ? ok('user', `qemu runs as ${user.name}`)
      : ({ name: 'user', status: 'warning', message: user.reason } as const),
  ];
  return { checks };
}
