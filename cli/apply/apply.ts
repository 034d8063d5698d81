import { ApiError, isNotFound } from '../../schemas/client/errors.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { Failure } from '../errors.ts';
import { changeQuery, type DryRun } from './report.ts';
import { isSameObject } from './same.ts';
import type { Target } from './target.ts';

export interface Applied {
  readonly object: KubeObject;
  readonly what: 'created' | 'configured' | 'unchanged';
}

async function current(session: Session, { resource, namespace, object }: Target): Promise<KubeObject | undefined> {
  try {
    return await session.client.get<KubeObject>(resource, { namespace, name: object.metadata.name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

const explain = (error: unknown): unknown =>
  error instanceof ApiError && error.code === 409 && error.reason === 'Conflict'
    ? new Failure('refused', error.message, 'to take these fields over: vmctl apply --force-conflicts', {
        cause: error,
      })
    : error;

/** Server-side apply of one object as field manager `vmctl`. @throws ApiError, Failure (refused) on a conflict */
export async function applyTarget(session: Session, target: Target, mode: DryRun, force: boolean): Promise<Applied> {
  const { resource, namespace, object } = target;
  const { name } = object.metadata;
  if (name === undefined)
    throw new Failure('usage', `${target.source}: apply needs a metadata.name`, 'use vmctl create for generateName');
  const before = await current(session, target);
  if (mode === 'client') return { object: object as KubeObject, what: before === undefined ? 'created' : 'configured' };
  const query = { ...changeQuery(mode), force };
  try {
    const after = await session.client.patch<KubeObject>(resource, { namespace, name }, object, {
      type: 'apply',
      query,
    });
    if (before === undefined) return { object: after, what: 'created' };
    return { object: after, what: isSameObject(before, after) ? 'unchanged' : 'configured' };
  } catch (error) {
    throw explain(error);
  }
}
