import { isIP } from 'node:net';
import type { FloatingAddress } from '../../../schemas/kinds/network.ts';
import type { PortForward } from '../../qemu/argv.ts';
import { completeForward } from '../../qemu/defaults.ts';
import { canonicalAddress } from '../subnet.ts';
import { listenerOf } from '../user.ts';
import { addressOf, type KnownAddress, type Member } from './members.ts';
import type { RouterSpec } from './router.ts';

/** A forward whose guest has an address. */
export interface Redirect {
  readonly forward: PortForward;
  readonly target: string;
}

/** A host address whose traffic is a guest's, but for some ports. */
export interface OneToOne {
  readonly hostAddress: string;
  readonly guestAddress: string;
  readonly excludedPorts: readonly number[];
}

/** VNC of the host's own, as berth and kvm-manager left it there. */
const EXCLUDED_PORTS = [5900] as const;

/** A port of the host that some program already listens on. */
export type Listener = Pick<PortForward, 'protocol' | 'hostPort' | 'hostAddress'>;

export interface Forwards {
  readonly redirects: readonly Redirect[];
  /** Why some forwards are not there, in sentences. */
  readonly problems: readonly string[];
}

const isAny = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Whether a program of the host has what a forward wants. */
const meets = ({ hostAddress, hostPort, protocol }: PortForward, taken: Listener): boolean =>
  taken.protocol === protocol &&
  taken.hostPort === hostPort &&
  (taken.hostAddress === hostAddress || isAny(hostAddress) || isAny(taken.hostAddress));

/** Every forward of a network: its own and those of its machines. Of two that want one port the first counts. */
export function forwardsOf(
  spec: RouterSpec,
  members: readonly Member[],
  known: readonly KnownAddress[],
  listeners: readonly Listener[],
): Forwards {
  const wanted = [
    ...(spec.forwards ?? []).flatMap(({ virtualMachine, ...forward }) => {
      const member = find(members, virtualMachine);
      return member ? [{ member, forward: completeForward(forward) }] : [];
    }),
    ...members.flatMap((member) => member.forwards.map((forward) => ({ member, forward }))),
  ];
  const [redirects, problems, seen] = [[] as Redirect[], [] as string[], new Set<string>()];
  for (const { member, forward } of wanted) {
    const words = `port ${forward.hostPort}/${forward.protocol} of ${forward.hostAddress}`;
    const problem = whyNot(forward, listeners, seen);
    seen.add(listenerOf(forward));
    const target = addressOf(member, known, isIP(forward.hostAddress) === 6 ? 6 : 4);
    if (problem) problems.push(`${words} for ${member.namespace}/${member.machine}: ${problem}`);
    else if (target)
      redirects.push({ forward: { ...forward, hostAddress: canonicalAddress(forward.hostAddress) }, target });
  }
  return { redirects, problems };
}

function whyNot(forward: PortForward, listeners: readonly Listener[], seen: ReadonlySet<string>): string | undefined {
  if (isIP(forward.hostAddress) === 0) return 'that is no address';
  if (canonicalAddress(forward.hostAddress) === '::1')
    return 'the kernel redirects nothing of ::1; use 127.0.0.1 or ::';
  if (seen.has(listenerOf(forward))) return 'another forward has it';
  return listeners.some((taken) => meets(forward, taken)) ? 'a program of the host listens there' : undefined;
}

const find = (members: readonly Member[], { name, namespace = 'default' }: FloatingAddress['virtualMachine']) =>
  members.find((member) => member.machine === name && member.namespace === namespace);

/** The host addresses that are guests'. */
export function oneToOnesOf(
  spec: RouterSpec,
  members: readonly Member[],
  known: readonly KnownAddress[],
  guest: string | undefined,
): OneToOne[] {
  const subnet = spec.oneToOne && guest !== undefined ? [{ ...spec.oneToOne, guestAddress: guest }] : [];
  const floating = (spec.floatingAddresses ?? []).flatMap(({ virtualMachine, ...rest }) => {
    const member = find(members, virtualMachine);
    const family = isIP(rest.hostAddress) === 6 ? 6 : 4;
    const guestAddress = member && addressOf(member, known, family);
    return guestAddress === undefined ? [] : [{ ...rest, guestAddress }];
  });
  return [...subnet, ...floating].map(({ hostAddress, guestAddress, excludedPorts }) => ({
    hostAddress: canonicalAddress(hostAddress),
    guestAddress,
    excludedPorts: excludedPorts ?? EXCLUDED_PORTS,
  }));
}
