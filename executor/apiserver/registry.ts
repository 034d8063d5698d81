import { createHash } from 'node:crypto';
import { emptyKinds } from './empty-kinds.ts';
import { builtinResources } from './schema/builtin.ts';
import { type CompiledSchema, compile, resourcesOf } from './schema/index.ts';
import { groupResource } from './status-error.ts';
import type { KubeObject, Resource } from './types.ts';

/** A resource as it is served: with where it is stored, and its schema ready to use. */
export interface Served extends Resource {
  /** `plural.group`, as messages name it. */
  resource: string;
  /** The key of its rows; two groups may share one, as both kinds of Event do. */
  storage: string;
  /** Rows written with this revision need no conversion, pruning or defaulting when read. */
  revision: string;
  /** Compiled when first used. */
  readonly compiled: CompiledSchema;
}

const sharedStorage: Record<string, string> = { 'events.events.k8s.io': 'events' };

const digestOf = (text: string): string => createHash('sha1').update(text).digest('base64url').slice(0, 10);

function served(r: Resource): Served {
  const resource = groupResource(r);
  const digest = digestOf(JSON.stringify(r.schema));
  let compiled: CompiledSchema | undefined;
  return {
    ...r,
    resource,
    storage: sharedStorage[resource] ?? resource,
    revision: `${r.group}/${r.version}:${digest}`,
    get compiled() {
      compiled ??= compile(r.schema);
      return compiled;
    },
  };
}

/** Which resources are served now: the built-in ones, and those of every established CRD. */
export class Registry {
  readonly #byPath = new Map<string, Served>();
  readonly #specs = new Map<string, string>();
  readonly #terminating = new Set<string>();
  readonly #ofCrd = new Map<string, Served[]>();
  /** Changes whenever the set of resources does; caches hang on it. */
  generation = 0;

  constructor() {
    for (const resource of [...builtinResources, ...emptyKinds]) this.#add(served(resource));
  }

  find(group: string, version: string, plural: string): Served | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  all(): Served[] {
    return [...this.#byPath.values()];
  }

  /** One version of each stored resource; what a sweep over everything goes through. */
  stored(): Served[] {
    return [...new Map(this.all().map((r) => [r.storage, r])).values()];
  }

  byStorage(storage: string): Served | undefined {
    return this.all().find((r) => r.storage === storage);
  }

  byKind(group: string, version: string, kind: string): Served | undefined {
    return this.all().find((r) => r.group === group && r.version === version && r.kind === kind);
  }

  /** Serves what a CRD says now. A change of its status alone disturbs nobody. */
  setCrd(crd: KubeObject): void {
    const { name } = crd.metadata;
    if (crd.metadata.deletionTimestamp) this.#terminating.add(name);
    const revision = JSON.stringify(crd['spec']);
    if (this.#specs.get(name) === digestOf(revision)) return;
    this.#specs.set(name, digestOf(revision));
    this.#drop(name);
    const resources = resourcesOf(crd).map(served);
    this.#ofCrd.set(name, resources);
    for (const resource of resources) this.#add(resource);
    this.generation++;
  }

  /** Whether the CRD of this resource is being deleted. */
  isTerminating(resource: Served): boolean {
    return this.#terminating.has(resource.resource);
  }

  anyTerminating(): boolean {
    return this.#terminating.size > 0;
  }

  removeCrd(name: string): void {
    this.#terminating.delete(name);
    this.#specs.delete(name);
    this.#drop(name);
    this.generation++;
  }

  #add(resource: Served): void {
    this.#byPath.set(`${resource.group}/${resource.version}/${resource.plural}`, resource);
  }

  #drop(name: string): void {
    for (const r of this.#ofCrd.get(name) ?? []) this.#byPath.delete(`${r.group}/${r.version}/${r.plural}`);
    this.#ofCrd.delete(name);
  }
}
