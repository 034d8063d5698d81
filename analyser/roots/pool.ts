import { kinds } from '../../schemas/kinds/index.ts';
import { emptyPool, type PoolDraft } from '../elements/pool/draft.ts';
import { pool } from '../elements/pool/pool.ts';
import type { Fault } from '../objects/building.ts';
import { ANNOTATIONS, type Manifest, type SpecOf } from '../objects/manifest.ts';
import { readElement } from '../table/read.ts';
import { writeElement } from '../table/write.ts';
import { named, namesOf, relabel, some } from './draft.ts';
import type { Root } from './root.ts';

type Spec = SpecOf<'VirtualMachineStoragePool'>;
type External = NonNullable<Spec['external']>;

const plain = <T extends object>(list: readonly T[]): T[] =>
  list.map((item) => Object.fromEntries(Object.entries(item).filter(([key]) => key !== 'n')) as T);

/** A pool without a name is called after its source, as libvirt does. */
const nameOf = ({ name, spec }: PoolDraft): string | undefined => name ?? spec.name;

function external({ spec, hosts, devices, options }: PoolDraft): External {
  const lists = { hosts: plain(hosts), devices: plain(devices), options: plain(options) };
  const filled = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
  return { ...spec, ...filled } as External;
}

/** Whether a pool says nothing beyond some members. */
const only = (value: External, ...members: readonly (keyof External)[]): boolean =>
  Object.keys(value).every((key) => members.includes(key as keyof External));

const VERSION = 'nfsvers=';

/** An export of an NFS server, where the pool is one and nothing else. */
function nfsOf(value: External): Spec['nfs'] | undefined {
  const { type, hosts = [], directory, format = 'nfs', protocolVersion, options = [] } = value;
  const [host, ...others] = hosts;
  const isPlain = only(value, 'type', 'hosts', 'directory', 'format', 'protocolVersion', 'options', 'path');
  if (type !== 'netfs' || format !== 'nfs' || !isPlain || !host || others.length > 0) return undefined;
  if (host.port !== undefined || directory === undefined || options.some((one) => one.value !== undefined))
    return undefined;
  const all = [
    ...(protocolVersion === undefined ? [] : [VERSION + protocolVersion]),
    ...options.map(({ name }) => name),
  ];
  return { server: host.name, path: directory, ...(all.length > 0 && { options: all }) };
}

/** Our own kind of pool where there is one that says all of it. */
function specOf(value: External): Spec {
  if (value.type === 'dir' && value.path !== undefined && only(value, 'type', 'path'))
    return { dir: { path: value.path } };
  const nfs = nfsOf(value);
  return nfs && kinds.VirtualMachineStoragePool.spec.safeParse({ nfs }).success ? { nfs } : { external: value };
}

const numbered = <T extends object>(list: readonly T[]): (T & { n: number })[] =>
  list.map((item, n) => ({ ...item, n }));

function fromNfs(
  { server, path: directory, options = [] }: NonNullable<Spec['nfs']>,
  path: string | undefined,
): PoolDraft {
  const version = options.find((option) => option.startsWith(VERSION));
  const spec = { type: 'netfs', directory, format: 'nfs' } as const;
  const protocol = version === undefined ? {} : { protocolVersion: version.slice(VERSION.length) };
  return {
    spec: { ...spec, ...protocol, ...(path !== undefined && { path }) },
    hosts: [{ n: 0, name: server }],
    devices: [],
    options: numbered(options.filter((option) => option !== version).map((name) => ({ name }))),
  };
}

function fromSpec({ dir, nfs, external: value }: Spec, path: string | undefined): PoolDraft {
  if (dir) return { ...emptyPool(), spec: { type: 'dir', path: dir.path } };
  if (nfs) return fromNfs(nfs, path);
  if (!value) return emptyPool();
  const { hosts = [], devices = [], options = [], ...spec } = structuredClone(value);
  return { spec, hosts: numbered(hosts), devices: numbered(devices), options: numbered(options) };
}

/** A storage pool of libvirt's. */
export const poolRoot: Root = {
  read(node, reading, options) {
    const draft = emptyPool();
    const seen = readElement(node, pool, draft, reading);
    const name = nameOf(draft);
    const faults: Fault[] = name === undefined ? [{ xpath: '/pool/name', reason: 'is missing' }] : [];
    if (draft.spec.type === undefined) faults.push({ xpath: '/pool/@type', reason: 'is missing' });
    const spec = specOf(external(draft));
    relabel(reading.report, spec);
    const object = named('VirtualMachineStoragePool', { ...draft, ...some({ name }) }, spec, options, 'Cluster');
    return { seen, objects: [spec.nfs ? mountedAt(object, draft.spec.path) : object], faults };
  },
  write: (object) => {
    const { spec, metadata } = object as Manifest<'VirtualMachineStoragePool'>;
    return writeElement('pool', pool, {
      ...fromSpec(spec, metadata.annotations?.[ANNOTATIONS.path]),
      ...namesOf(object),
    })[0];
  },
};

/** The executor mounts an export in a place of its own; libvirt's is kept for export. */
function mountedAt<T extends Manifest>(object: T, path: string | undefined): T {
  if (path === undefined) return object;
  const annotations = { ...object.metadata.annotations, [ANNOTATIONS.path]: path };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
