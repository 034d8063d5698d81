import type { ApiClient } from '../../schemas/client/client.ts';
import { isConflict, isNotFound } from '../../schemas/client/errors.ts';
import type { ResourceType } from '../../schemas/client/paths.ts';
import type { Condition } from '../../schemas/types/condition.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { keepTransitionTimes, sameJson } from './conditions.ts';

type WithStatus = KubeObject & { status?: { conditions?: Condition[] | undefined } };

const ATTEMPTS = 5;

/**
 * Writes the status that `mutate` makes of an object, if it differs; after a conflict, that of the object as it is by then.
 * @returns the object as the server has it now, or nothing when it is gone
 * @throws what the server answers, a conflict too when it is still there after some attempts
 */
export async function writeStatus<T extends WithStatus>(
  client: ApiClient,
  type: ResourceType,
  object: T,
  mutate: (object: T) => NonNullable<T['status']>,
): Promise<T | undefined> {
  let current = object;
  for (let attempt = 1; ; attempt += 1) {
    const status = keepTransitionTimes(mutate(current), current.status);
    if (sameJson(status, current.status)) return current;
    try {
      return await client.replace<T>(type, { ...current, status }, { subresource: 'status' });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      const fresh = await read<T>(client, type, object);
      if (!fresh) return undefined;
      current = fresh;
    }
  }
}

/** The object now; nothing when it is gone, another of its name included. */
async function read<T extends WithStatus>(
  client: ApiClient,
  type: ResourceType,
  { metadata }: T,
): Promise<T | undefined> {
  try {
    const { namespace, name } = metadata;
    const fresh = await client.get<T>(type, { namespace, name });
    return fresh.metadata.uid === metadata.uid ? fresh : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
