import { type Document, isMap, isSeq, parseDocument, type YAMLMap, YAMLSeq } from 'yaml';
import type { Cluster, HomeExtension, User } from './types.ts';
import { EXTENSION } from './types.ts';

/** What `vmctl up` adds to a kubeconfig. */
export interface Addition {
  /** Name of the cluster, the user and the context; another one is taken where it belongs to somebody else. */
  readonly name: string;
  readonly cluster: Cluster;
  readonly user: User;
  readonly home: string;
  readonly socket: string;
}

export interface Merged {
  readonly text: string;
  /** Name that the context got. */
  readonly name: string;
}

const LISTS = ['clusters', 'users', 'contexts'] as const;

function read(text: string): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw error;
  if (!isMap(document.contents)) document.contents = document.createNode({ apiVersion: 'v1', kind: 'Config' }) as never;
  return document;
}

function list(document: Document, key: string): YAMLSeq<YAMLMap> {
  const node = document.get(key);
  if (isSeq(node)) return node as YAMLSeq<YAMLMap>;
  const made = new YAMLSeq<YAMLMap>();
  document.set(key, made);
  return made;
}

const indexOf = (items: YAMLSeq<YAMLMap>, name: string): number =>
  items.items.findIndex((item) => isMap(item) && item.get('name') === name);

function put(document: Document, key: string, name: string, field: string, value: unknown): void {
  const items = list(document, key);
  const node = document.createNode({ name, [field]: value }) as YAMLMap;
  const at = indexOf(items, name);
  if (at === -1) items.add(node);
  else items.items[at] = node;
}

interface Entry {
  readonly name: string;
  readonly cluster?: Cluster;
}

const ownerOf = (document: Document, name: string): HomeExtension | undefined => {
  const clusters = (document.toJS() as { clusters?: Entry[] }).clusters ?? [];
  const extensions = clusters.find((it) => it.name === name)?.cluster?.extensions ?? [];
  return extensions.find((it) => it.name === EXTENSION)?.extension as HomeExtension | undefined;
};

/** The first of NAME, NAME-2, NAME-3 … that nobody has or that this home has already. */
function freeName(document: Document, { name, home }: Addition): string {
  for (let n = 1; ; n += 1) {
    const candidate = n === 1 ? name : `${name}-${n}`;
    const taken = LISTS.some((key) => indexOf(list(document, key), candidate) !== -1);
    if (!taken || ownerOf(document, candidate)?.home === home) return candidate;
  }
}

/** Adds a context to the text of a kubeconfig and makes it current. Comments and other entries stay. @throws YAMLParseError */
export function addContext(text: string, addition: Addition): Merged {
  const document = read(text);
  const name = freeName(document, addition);
  const current = String(document.get('current-context') ?? '');
  const previous = current === name ? ownerOf(document, name)?.previousContext : current;
  const extension: HomeExtension = {
    ...{ provider: 'vmctl.dev', home: addition.home, socket: addition.socket, user: name },
    ...(previous && { previousContext: previous }),
  };
  put(document, 'clusters', name, 'cluster', { ...addition.cluster, extensions: [{ name: EXTENSION, extension }] });
  put(document, 'users', name, 'user', addition.user);
  put(document, 'contexts', name, 'context', { cluster: name, user: name, namespace: 'default' });
  document.set('current-context', name);
  return { text: String(document), name };
}

/** True where a kubeconfig names nothing any more. */
export const isEmpty = (text: string): boolean => {
  const document = read(text);
  return LISTS.every((key) => list(document, key).items.length === 0);
};

/** Takes a home's context out again, and makes the one current that was so before. */
export function removeContext(text: string, home: string): string {
  const document = read(text);
  const names = list(document, 'clusters').items.map((item) => String(item.get('name')));
  for (const name of names) {
    const owner = ownerOf(document, name);
    if (owner?.home !== home) continue;
    for (const key of LISTS) {
      const items = list(document, key);
      const at = indexOf(items, name);
      if (at !== -1) items.delete(at);
    }
    if (document.get('current-context') === name) restore(document, owner.previousContext);
  }
  return String(document);
}

function restore(document: Document, previous: string | undefined): void {
  const known = previous !== undefined && indexOf(list(document, 'contexts'), previous) !== -1;
  document.set('current-context', known ? previous : '');
}
