import type { Expression } from './table.ts';

// Each in the very form in which `nft -j list` prints it: what is wanted and what is there are compared.

const match = (left: object, right: unknown, op = '=='): Expression => ({ match: { op, left, right } });

/** One value, or several: a set of one is printed as its element. */
const oneOf = (values: readonly (string | number)[]): unknown =>
  values.length === 1 ? values[0] : { set: [...values] };

export const meta = (key: 'iifname' | 'oifname', name: string, op?: '!='): Expression =>
  match({ meta: { key } }, name, op);

const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
const prefix = (addr: string, len: number) => ({ prefix: { addr, len } });
export const ipOf = (family: 4 | 6): 'ip' | 'ip6' => (family === 4 ? 'ip' : 'ip6');

export const address = (family: 4 | 6, field: 'saddr' | 'daddr', value: string): Expression =>
  match(payload(ipOf(family), field), value);

export const inSubnet = (
  field: 'saddr' | 'daddr',
  { family, network, prefix: length }: { family: 4 | 6; network: string; prefix: number },
  op?: '!=',
): Expression => match(payload(ipOf(family), field), prefix(network, length), op);

export const destinationPort = (protocol: 'TCP' | 'UDP', ports: readonly number[]): Expression =>
  match(payload(protocol.toLowerCase(), 'dport'), oneOf([...ports].sort((a, b) => a - b)));

/** Any address of this host. */
export const local: Expression = match({ fib: { result: 'type', flags: ['daddr'] } }, 'local');
/** Of one IP version, where nothing else says which. */
export const version = (family: 4 | 6): Expression =>
  match({ meta: { key: 'nfproto' } }, family === 4 ? 'ipv4' : 'ipv6');

export const loopback = (field: 'saddr' | 'daddr'): Expression => match(payload('ip', field), prefix('127.0.0.0', 8));

export const established: Expression = match({ ct: { key: 'state' } }, { set: ['established', 'related'] });
/** Redirected by somebody, us or others. */
export const redirected: Expression = match({ ct: { key: 'status' } }, 'dnat', 'in');

export const accept: Expression = { accept: null };
export const drop: Expression = { drop: null };
export const masquerade: Expression = { masquerade: null };
export const reject: Expression = { reject: { type: 'icmpx', expr: 'admin-prohibited' } };

export const dnat = (family: 4 | 6, addr: string, port?: number): Expression => ({
  dnat: { family: ipOf(family), addr, ...(port !== undefined && { port }) },
});
export const snat = (family: 4 | 6, addr: string): Expression => ({ snat: { family: ipOf(family), addr } });
