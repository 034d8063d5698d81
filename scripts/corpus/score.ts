import { join } from 'node:path';
import type { Leaf } from '../../analyser/index.ts';
import { factsOf } from './argv/canonical.ts';
import { compare, type Difference, isSame } from './argv/compare.ts';
import { contextOf } from './argv/context.ts';
import { argumentsOf, shellWords } from './argv/words.ts';
import { isTheFault, leavesOf } from './fault.ts';
import { type Sample, samplesIn } from './files.ts';
import { again, ask, commandOf } from './ours.ts';
import { inTurns, type Start, takes } from './qemu/start.ts';
import { difference } from './xml/infoset.ts';
import { parse } from './xml/node.ts';

/** What was found for one file. */
export interface Finding {
  readonly name: string;
  /** Whether libvirt accepts it. */
  readonly valid: boolean;
  /** The analyser said yes, or no with a place and a reason, in time. */
  readonly clean: boolean;
  readonly accepted: boolean;
  /** Refused for what libvirt refuses it for. */
  readonly caught: boolean;
  readonly refused: readonly Leaf[];
  readonly message?: string;
  /** What XML → objects → XML changed. */
  readonly infoset?: { readonly lost: readonly string[]; readonly added: readonly string[] };
  readonly loose?: Difference;
  readonly strict?: Difference;
  /** Arguments of both, where libvirt has some. */
  /** Whether qemu takes libvirt's arguments, and ours. */
  baseline?: boolean;
  taken?: Start;
  readonly command?: {
    readonly ours?: readonly string[];
    readonly libvirts: readonly string[];
    readonly failed?: string;
  };
}

/** A decision that takes longer is none. Milliseconds of the processor's time: other programs take none of it. */
const PATIENCE = 1000;
const MICROSECONDS = 1000;

const libvirtsOf = ({ args }: Sample): string[] | undefined =>
  args === undefined ? undefined : argumentsOf(shellWords(args));

function judge(sample: Sample, valid: boolean, common: ReadonlySet<string>): Finding {
  const began = process.cpuUsage();
  const verdict = ask(sample.xml);
  const { user, system } = process.cpuUsage(began);
  const inTime = (user + system) / MICROSECONDS < PATIENCE;
  const base = { name: sample.name, valid, accepted: false, caught: false, refused: [] };
  if ('failed' in verdict) return { ...base, clean: false, message: verdict.failed };
  if (verdict.accepted) return { ...base, clean: inTime, accepted: true, ...comparison(sample, verdict.objects) };
  const refused = verdict.report.filter(({ outcome }) => outcome === 'refused');
  const placed =
    refused.length === 0
      ? /line \d+|:\d+:\d+:/.test(verdict.message)
      : refused.every(({ xpath, reason }) => xpath.startsWith('/') && reason);
  const caught = !valid && isTheFault(refused, sample.error ?? '', common);
  return { ...base, clean: inTime && Boolean(placed), caught, refused, message: verdict.message };
}

type Objects = Parameters<typeof again>[0];

function comparison(sample: Sample, objects: Objects): Partial<Finding> {
  const domain = parse(sample.xml);
  const infoset = difference(domain, parse(again(objects)));
  const libvirts = domain.name === 'domain' ? libvirtsOf(sample) : undefined;
  if (libvirts === undefined) return { infoset };
  const command = commandOf(objects);
  if ('failed' in command) return { infoset, command: { libvirts, failed: command.failed } };
  const context = contextOf(domain);
  const [wanted, got] = [factsOf(libvirts, context), factsOf(command.args, context)];
  const modes = { loose: compare(wanted, got, 'loose'), strict: compare(wanted, got, 'strict') };
  return { infoset, command: { libvirts, ours: command.args }, ...modes };
}

/** Leaves that libvirt accepts somewhere. */
const commonLeaves = (samples: readonly Sample[]): Set<string> =>
  new Set(samples.flatMap(({ xml }) => leavesOf(parse(xml))));

/** Every domain of a folder. */
export function judgeDomains(valid: string, invalid?: string): Finding[] {
  const good = samplesIn(valid);
  const common = commonLeaves(good);
  const bad = invalid === undefined ? [] : samplesIn(invalid);
  return [...good.map((one) => judge(one, true, common)), ...bad.map((one) => judge(one, false, common))];
}

/** Starts both machines of each accepted file. */
export async function startAll(findings: readonly Finding[], cache: string): Promise<void> {
  await inTurns(findings, 2, async (one) => {
    if (!one.command) return;
    one.baseline = (await takes(one.command.libvirts, cache)).ok;
    if (one.baseline && one.command.ours) one.taken = await takes(one.command.ours, cache);
  });
}

export const isLossless = ({ infoset }: Finding): boolean =>
  infoset !== undefined && infoset.lost.length + infoset.added.length === 0;

export interface Counts {
  files: number;
  valid: number;
  invalid: number;
  cleanDecisions: number;
  acceptedValid: number;
  caughtInvalid: number;
  validCalledInvalid: number;
  lossless: number;
  sameLoose: number;
  sameStrict: number;
  qemuBaseline: number;
  qemuTakes: number;
}

/** Whether a file is said to be wrong, rather than not supported. */
const saysWrong = (refused: readonly Leaf[]): boolean => refused.some(({ invalid }) => invalid);

export function countsOf(findings: readonly Finding[]): Counts {
  const count = (test: (one: Finding) => boolean | undefined): number => findings.filter((one) => test(one)).length;
  return {
    files: findings.length,
    valid: count(({ valid }) => valid),
    invalid: count(({ valid }) => !valid),
    cleanDecisions: count(({ clean }) => clean),
    acceptedValid: count(({ valid, accepted }) => valid && accepted),
    caughtInvalid: count(({ caught }) => caught),
    validCalledInvalid: count(({ valid, accepted, refused }) => valid && !accepted && saysWrong(refused)),
    lossless: count((one) => one.valid && one.accepted && isLossless(one)),
    sameLoose: count(({ loose }) => loose && isSame(loose)),
    sameStrict: count(({ strict }) => strict && isSame(strict)),
    qemuBaseline: count(({ baseline }) => baseline),
    qemuTakes: count(({ baseline, taken }) => baseline && taken?.ok),
  };
}

/** Folders of the other kinds. */
export const OTHERS = ['network', 'pool', 'volume', 'snapshot'] as const;

export const foldersOf = (root: string): { domain: string; invalid: string; real: string } => ({
  domain: join(root, 'domain'),
  invalid: join(root, 'domain-invalid'),
  real: join(root, 'real'),
});
