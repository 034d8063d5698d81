import { isNotFound } from '../../schemas/client/errors.ts';
import { Failure } from '../errors.ts';

/** For the `catch` of a request about a machine: says which there are where it is not there, and rethrows all else. */
export const missingMachine =
  (name: string, namespace: string) =>
  (error: unknown): never => {
    if (!isNotFound(error)) throw error;
    const hint = 'the machines that there are: vmctl get vm -A';
    throw new Failure('notFound', `there is no machine "${name}" in namespace "${namespace}"`, hint, { cause: error });
  };
