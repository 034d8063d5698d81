import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { findProgram } from '../../executor/host/run.ts';
import { endProcess } from '../fixtures/end.ts';

const run = promisify(execFile);

/** A network namespace of a test's own: nothing in it reaches the host's network, or the world. */
export interface Namespace extends AsyncDisposable {
  readonly name: string;
  /** What runs a program in it, to be put before the program's own words; what is mounted stays as it is. */
  readonly enter: readonly string[];
  /** Runs a program in it. @returns what it said */
  run(file: string, ...args: readonly string[]): Promise<string>;
}

/** Why networks cannot be tested here, as a sentence; nothing where they can. */
export async function whyNoNetworks(...programs: readonly string[]): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'networks are made by root';
  for (const program of ['ip', 'nft', 'dnsmasq', 'nsenter', ...programs]) {
    if (!(await findProgram(program))) return `${program} is not installed`;
  }
  const name = `vmctl-${randomBytes(4).toString('hex')}`;
  return run('ip', ['netns', 'add', name])
    .then(() => run('ip', ['netns', 'del', name]))
    .then(
      () => undefined,
      (error: Error) => `no network namespace can be made here: ${error.message}`,
    );
}

export async function createNamespace(): Promise<Namespace> {
  const name = `vmctl-${randomBytes(4).toString('hex')}`;
  await run('ip', ['netns', 'add', name]);
  const enter = ['nsenter', `--net=/run/netns/${name}`, '--'];
  const inside = async (file: string, ...args: readonly string[]): Promise<string> => {
    const [program = '', ...rest] = [...enter, file, ...args];
    return (await run(program, rest, { maxBuffer: 64 * 1024 * 1024 })).stdout;
  };
  await inside('ip', 'link', 'set', 'lo', 'up');
  return {
    name,
    enter,
    run: inside,
    [Symbol.asyncDispose]: async () => {
      // What a test that failed has left running in it.
      const { stdout } = await run('ip', ['netns', 'pids', name]);
      for (const pid of stdout.split('\n').filter(Boolean)) endProcess(Number(pid));
      await run('ip', ['netns', 'del', name]);
    },
  };
}

interface RawLink {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly master?: string;
  readonly address: string;
}

/** Everything of a host's network that somebody could have touched, without what changes by itself. */
export async function networkState({ run: inside }: Namespace): Promise<Record<string, unknown>> {
  const [links, addresses, routes, routes6, rules, qdiscs] = await Promise.all([
    inside('ip', '-j', 'link', 'show'),
    inside('ip', '-j', 'address', 'show'),
    inside('ip', '-j', 'route', 'show', 'table', 'all'),
    inside('ip', '-6', '-j', 'route', 'show', 'table', 'all'),
    inside('nft', '-j', 'list', 'ruleset'),
    inside('tc', '-j', 'qdisc', 'show'),
  ]);
  const settings = await inside('sysctl', '-n', 'net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding');
  return {
    links: JSON.parse(links).map(({ ifname, flags, mtu, master, address }: RawLink) => ({
      ...{ ifname, mtu, master, address },
      // Whether there is a carrier shows a moment after what makes it so.
      flags: flags.filter((flag) => flag !== 'NO-CARRIER' && flag !== 'LOWER_UP'),
    })),
    addresses: JSON.parse(addresses).map(({ addr_info }: { addr_info?: { local: string; prefixlen: number }[] }) =>
      (addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`).filter((it) => !it.startsWith('fe80:')),
    ),
    // Those of the link come when the kernel has looked whether anybody else has the address.
    routes: [...JSON.parse(routes), ...JSON.parse(routes6)].filter(
      ({ dst }: { dst?: string }) => !/^(fe80|ff00):/.test(dst ?? ''),
    ),
    // Handles of what others add are counted on by what was there meanwhile.
    rules: JSON.parse(rules, (key, value) => (key === 'handle' ? undefined : value)),
    // From 8000 on they are numbers that the kernel gives. Source: qdisc_alloc_handle
    qdiscs: JSON.parse(qdiscs, (key, value) => (key === 'handle' && /^[89a-f]\w{3}:$/.test(value) ? undefined : value)),
    settings: settings.trim(),
  };
}
