import type { KubeObject } from '../../schemas/types/object.ts';
import { isOlder, type ObjectCache } from './cache.ts';
import type { Informer } from './informer.ts';
import { keyOf, keyText } from './keys.ts';
import type { Key } from './types.ts';

/** What those who read objects need of an informer. */
export interface Followed<T extends KubeObject> extends Pick<Informer<T>, 'synced' | 'close'> {
  readonly cache: Pick<ObjectCache<T>, 'get' | 'list' | 'refresh'>;
}

/**
 * Several informers of one resource as one. An object that a selector loses, another may have got already, or may get in a
 * moment: it is there as long as one of them has it, in the newest form that is known. Each tells its own changes.
 */
export function joined<T extends KubeObject>(parts: readonly Followed<T>[]): Followed<T> {
  return {
    cache: joinedCache(parts.map(({ cache }) => cache)),
    synced: Promise.all(parts.map(({ synced }) => synced)).then(() => {}),
    close: () => {
      for (const part of parts) part.close();
    },
  };
}

function joinedCache<T extends KubeObject>(caches: readonly Followed<T>['cache'][]): Followed<T>['cache'] {
  return {
    get: (key: Key) => caches.map((cache) => cache.get(key)).reduce(newer, undefined),
    list(namespace) {
      const found = new Map<string, T>();
      for (const object of caches.flatMap((cache) => cache.list(namespace))) {
        const key = keyText(keyOf(object));
        found.set(key, newer(found.get(key), object) ?? object);
      }
      return [...found.values()];
    },
    refresh: (object) => {
      for (const cache of caches) cache.refresh(object);
    },
  };
}

function newer<T extends KubeObject>(a: T | undefined, b: T | undefined): T | undefined {
  if (!a || !b) return a ?? b;
  return isOlder(a, b) ? b : a;
}
