import { isIP } from 'node:net';
import type { VirtualMachineStatus } from '../../schemas/kinds/virtual-machine.ts';
import type { Agent, CommandName } from './commands.ts';
import { AgentError } from './errors.ts';
import { list, member, natural, text } from './read.ts';

/** What a guest says about itself, bounded and neutralised: `status.guest`. */
export type GuestFacts = NonNullable<VirtualMachineStatus['guest']>;
type GuestInterface = NonNullable<GuestFacts['interfaces']>[number];
type Filesystem = NonNullable<GuestFacts['filesystems']>[number];

const MOST_INTERFACES = 64;
const MOST_ADDRESSES = 32;
const MOST_FILESYSTEMS = 128;
const MAC = /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/;

/** The agent's answer to `guest-network-get-interfaces`. */
export function readInterfaces(answer: unknown): GuestInterface[] {
  return list(answer, MOST_INTERFACES).flatMap((item) => {
    const name = text(member(item, 'name'), 64);
    const mac = member(item, 'hardware-address');
    const addresses = list(member(item, 'ip-addresses'), MOST_ADDRESSES).flatMap(readAddress);
    const macAddress = typeof mac === 'string' && MAC.test(mac) ? { macAddress: mac.toLowerCase() } : {};
    return name === undefined ? [] : [{ name, ...macAddress, ...(addresses.length > 0 && { addresses }) }];
  });
}

function readAddress(item: unknown): string[] {
  const address = member(item, 'ip-address');
  return typeof address === 'string' && address.length <= 45 && isIP(address) !== 0 ? [address] : [];
}

/** The agent's answer to `guest-get-fsinfo`. */
export function readFilesystems(answer: unknown): Filesystem[] {
  const found = list(answer, MOST_FILESYSTEMS).flatMap((item) => {
    const mountPoint = text(member(item, 'mountpoint'), 1024);
    const type = text(member(item, 'type'), 64);
    const usedBytes = natural(member(item, 'used-bytes'));
    const totalBytes = natural(member(item, 'total-bytes'));
    if (mountPoint === undefined) return [];
    return [
      {
        mountPoint,
        ...(type !== undefined && { type }),
        ...(usedBytes !== undefined && { usedBytes }),
        ...(totalBytes !== undefined && { totalBytes }),
      },
    ];
  });
  return found.sort((a, b) => (a.mountPoint < b.mountPoint ? -1 : 1));
}

/** The agent's answers to `guest-info`, `guest-get-host-name` and `guest-get-osinfo`. */
export function readSystem(info: unknown, host: unknown, os: unknown): Partial<GuestFacts> {
  const agentVersion = text(member(info, 'version'), 64);
  const hostName = text(member(host, 'host-name'), 253);
  const name = text(member(os, 'pretty-name'), 256) ?? text(member(os, 'name'), 256);
  const kernel = text(member(os, 'kernel-release'), 256);
  return {
    ...(agentVersion !== undefined && { agentVersion }),
    ...(hostName !== undefined && { hostName }),
    ...(name !== undefined && { os: name }),
    ...(kernel !== undefined && { kernel }),
  };
}

/** A command that this agent, or its administrator, does not offer is no failure. */
async function offered(agent: Agent, command: CommandName): Promise<unknown> {
  try {
    return await agent.execute(command as 'guest-ping');
  } catch (error) {
    if (error instanceof AgentError) return undefined;
    throw error;
  }
}

export async function askInterfaces(agent: Agent): Promise<Partial<GuestFacts>> {
  const answer = await offered(agent, 'guest-network-get-interfaces');
  return answer === undefined ? {} : { interfaces: readInterfaces(answer) };
}

export async function askSystem(agent: Agent): Promise<Partial<GuestFacts>> {
  const info = await offered(agent, 'guest-info');
  const host = await offered(agent, 'guest-get-host-name');
  return readSystem(info, host, await offered(agent, 'guest-get-osinfo'));
}

export async function askFilesystems(agent: Agent): Promise<Partial<GuestFacts>> {
  const answer = await offered(agent, 'guest-get-fsinfo');
  return answer === undefined ? {} : { filesystems: readFilesystems(answer) };
}
