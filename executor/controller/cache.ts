import type { KubeObject } from '../../schemas/types/object.ts';
import { keyOf, keyText } from './keys.ts';
import type { Key } from './types.ts';

export type OnChange<T> = (previous: T | undefined, current: T | undefined) => void;

/** The objects of one resource as last heard of. */
export interface ObjectCache<T extends KubeObject> {
  get(key: Key): T | undefined;
  list(namespace?: string): T[];
  /** Takes an object unless it is older than the one that is known. */
  upsert(object: T): void;
  /** Takes what a write answered, unless the object is gone by now: its deletion may have been heard of first. */
  refresh(object: T): void;
  remove(object: T): void;
  /** Takes a whole list: what is not on it is gone. */
  replace(objects: readonly T[]): void;
}

/** Versions grow with each change of an object, as the API conventions have it since 1.35; before, all servers did so. */
export function isOlder(candidate: KubeObject, known: KubeObject): boolean {
  const [a = '', b = ''] = [candidate.metadata.resourceVersion, known.metadata.resourceVersion];
  return a.length === b.length ? a < b : a.length < b.length;
}

const sameVersion = (a: KubeObject, b: KubeObject): boolean =>
  a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;

/** Nobody here reads who owns which field, and it is half of an object, also of one that a write answered. */
function withoutManagers<T extends KubeObject>(object: T): T {
  const { managedFields, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown };
  return managedFields === undefined ? object : { ...object, metadata };
}

/** @param trim leaves out what nobody looks at, where there are many of them */
export function createCache<T extends KubeObject>(
  onChange: OnChange<T>,
  trim: (object: T) => T = (object) => object,
): ObjectCache<T> {
  const objects = new Map<string, T>();

  function set(key: string, object: T): void {
    const previous = objects.get(key);
    if (previous && sameVersion(previous, object)) return;
    const kept = trim(withoutManagers(object));
    objects.set(key, kept);
    onChange(previous, kept);
  }

  function drop(key: string): void {
    const previous = objects.get(key);
    if (objects.delete(key)) onChange(previous, undefined);
  }

  function upsert(object: T): void {
    const key = keyText(keyOf(object));
    const known = objects.get(key);
    if (!known || !isOlder(object, known)) set(key, object);
  }

  return {
    get: (key) => objects.get(keyText(key)),
    list: (namespace) => {
      const all = [...objects.values()];
      return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
    },
    upsert,
    refresh(object) {
      if (objects.get(keyText(keyOf(object)))?.metadata.uid === object.metadata.uid) upsert(object);
    },
    remove: (object) => drop(keyText(keyOf(object))),
    replace(list) {
      const keys = new Set(list.map((object) => keyText(keyOf(object))));
      for (const key of [...objects.keys()]) if (!keys.has(key)) drop(key);
      for (const object of list) set(keyText(keyOf(object)), object);
    },
  };
}
