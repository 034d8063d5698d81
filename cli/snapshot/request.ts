import { string } from '@oclif/core/flags';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { draft, make } from '../apply/make.ts';
import type { DryRun } from '../apply/report.ts';
import { Failure } from '../errors.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../flags.ts';
import { objectName } from '../names.ts';

/** Flags of everything that takes a snapshot: a backup is one that lies elsewhere. */
export const requestFlags = (what: 'snapshot' | 'backup') => ({
  quiesce: string({
    options: ['IfPossible', 'Required', 'Never'],
    description: `Freeze the guest's file systems for the moment of the ${what}.`,
  }),
  disks: string({
    helpValue: 'NAME,NAME',
    description: "Names of the machine's disks; every writable one where not given.",
  }),
  'expires-after': string({ helpValue: 'DURATION', description: 'Deleted so long after it was made, such as 72h.' }),
  'dry-run': dryRun,
  output: objectOutput,
  ...waiting,
});

export interface Request {
  readonly machine: string;
  /** One is made from the machine's where there is none. */
  readonly name: string | undefined;
  /** Fields of the spec that only this way of taking it has. */
  readonly spec: object;
}

interface Flags {
  readonly quiesce?: string | undefined;
  readonly disks?: string | undefined;
  readonly 'expires-after'?: string | undefined;
  readonly 'dry-run'?: string | undefined;
  readonly output?: string | undefined;
  readonly wait: boolean;
  readonly timeout: string;
}

/**
 * A snapshot of a machine that is not there, or that no node of a cluster ever had, would wait for it; a person who typed
 * the name meant one that has disks.
 * @throws ApiError, Failure
 */
export async function requireMachine({ client, namespace }: Session, name: string): Promise<void> {
  const { spec, status } = await client.get<VirtualMachine>(OURS.VirtualMachine, { namespace, name });
  const waits = status?.conditions?.some((one) => one.type === 'Scheduled' && one.status === 'False');
  if (!waits || spec.nodeName !== undefined) return;
  const why = `machine "${name}" is on no node yet, so there is nothing to take a snapshot of`;
  throw new Failure('refused', why, `start it once with: vmctl start ${name}`);
}

/** Sends a snapshot as it was asked for on the command line. */
export async function requestSnapshot(
  session: Session,
  { machine, name, spec }: Request,
  flags: Flags,
  say: (text: string) => void,
): Promise<void> {
  const metadata = name === undefined ? { generateName: `${machine}-` } : { name: objectName(name) };
  const whole = {
    virtualMachine: { name: machine },
    ...spec,
    ...(flags.quiesce && { quiesce: flags.quiesce }),
    ...(flags.disks !== undefined && { disks: flags.disks.split(',') }),
    ...(flags['expires-after'] !== undefined && { expiresAfter: flags['expires-after'] }),
  };
  const options = {
    mode: flags['dry-run'] as DryRun,
    format: flags.output,
    wait: flags.wait,
    timeoutMs: timeoutMs(flags.timeout),
  };
  const type = OURS.VirtualMachineSnapshot;
  await make(session, type, draft(type, metadata, whole), options, say);
}
