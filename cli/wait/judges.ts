import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../schemas/kinds/image.ts';
import type { VirtualMachineSnapshot } from '../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { Condition } from '../../schemas/types/condition.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { parseBytes } from '../size.ts';
import type { Judge, Verdict } from './until.ts';

export const working = (detail: string, percent?: number): Verdict => ({ state: 'working', detail, percent });
export const done = (detail: string): Verdict => ({ state: 'done', detail });
export const failed = (detail: string): Verdict => ({ state: 'failed', detail });

interface Judged extends KubeObject {
  status?: { observedGeneration?: number | undefined; conditions?: Condition[] | undefined } | undefined;
}

export const conditionOf = (object: Judged, type: string): Condition | undefined =>
  object.status?.conditions?.find((it) => it.type === type);

/** The executor has not looked at the newest spec yet. */
const stale = ({ metadata, status }: Judged): boolean => (status?.observedGeneration ?? 0) < (metadata.generation ?? 0);

const whyNotReady = (object: Judged): string => {
  const ready = conditionOf(object, 'Ready');
  return ready && ready.status !== 'True' && ready.message ? `: ${ready.message}` : '';
};

/** Wraps a judge of a kind: gone and unseen objects are the same everywhere, and Stalled is a retry in vain. */
export const judge =
  <T extends Judged>(decide: (object: T) => Verdict): Judge =>
  (object) => {
    if (object === undefined) return failed('is not there any more');
    if (stale(object)) return working('waiting for the executor');
    const verdict = decide(object as T);
    const stalled = conditionOf(object, 'Stalled');
    return verdict.state === 'working' && stalled?.status === 'True' ? failed(stalled.message) : verdict;
  };

export type Power = 'Running' | 'Stopped' | 'Paused';

/** A token that was asked for in spec.requests, which status acknowledges. */
export interface Request {
  readonly kind: 'restart' | 'reset';
  readonly token: string;
}

/** A machine that is in a power state, and has done what it was asked to do once. */
export const machineIs = (wanted: Power, request?: Request): Judge =>
  judge<VirtualMachine>((machine) => {
    const { powerState = 'Unknown', requests } = machine.status ?? {};
    const asked = request === undefined || requests?.[request.kind] === request.token;
    if (powerState === wanted && asked) return done(wanted);
    return working(`${powerState}${whyNotReady(machine)}`);
  });

/** Phases of the kinds that have them, and what their end is called. */
const phased = <T extends VirtualMachineDisk | VirtualMachineImage | VirtualMachineSnapshot>(
  ready: (object: T) => boolean,
): Judge =>
  judge<T>((object) => {
    const { phase = 'Pending' } = object.status ?? {};
    if (phase === 'Failed') return failed(`failed${whyNotReady(object)}`);
    if (phase === 'Ready' && ready(object)) return done('Ready');
    const { progress } = (object.status ?? {}) as { progress?: number };
    return working(`${phase}${whyNotReady(object)}`, progress);
  });

export const imageReady = phased<VirtualMachineImage>(() => true);

/** An image that a registry has under a reference. What cannot work stays as it is until the spec changes. */
export const imagePublished = (reference: string): Judge =>
  judge<VirtualMachineImage>((image) => {
    if (image.status?.published?.reference === reference) return done(image.status.published.digest);
    const condition = conditionOf(image, 'Published');
    const message = condition?.message ?? 'waiting for the executor';
    return /\(change spec\.publish\)$/.test(message) ? failed(message) : working(message);
  });
export const snapshotReady = phased<VirtualMachineSnapshot>(({ status }) => status?.ready !== false);
export const snapshotReverted = (token: string): Judge =>
  phased<VirtualMachineSnapshot>(({ status }) => status?.reverted === token);

/** A disk that is there, of at least so many bytes. */
export const diskReady = (bytes = 0n): Judge =>
  phased<VirtualMachineDisk>(({ status }) => bytes === 0n || parseBytes(status?.virtualSize ?? '0') >= bytes);

export const gone: Judge = (object) =>
  object === undefined
    ? done('deleted')
    : working(object.metadata.deletionTimestamp ? `deleting${whyNotReady(object)}` : 'there');

export const exists: Judge = (object) => (object === undefined ? working('not there yet') : done('there'));

/** As `kubectl wait --for=condition=TYPE=STATUS`; a condition about an older spec does not count. */
export const hasCondition =
  (type: string, status: string): Judge =>
  (object) => {
    if (object === undefined) return working('not there yet');
    const found = (object as Judged).status?.conditions?.find((it) => it.type.toLowerCase() === type.toLowerCase());
    const old = (found?.observedGeneration ?? Number.POSITIVE_INFINITY) < (object.metadata.generation ?? 0);
    if (found && !old && found.status.toLowerCase() === status.toLowerCase())
      return done(`${found.type}=${found.status}`);
    return working(
      found ? `${found.type}=${found.status}${found.message ? `: ${found.message}` : ''}` : `no condition ${type} yet`,
    );
  };
