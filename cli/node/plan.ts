import { isHalfGone, tokenClaims } from '../../schemas/token.ts';

/** What is on the host. */
export interface Observed {
  /** Target of the link to the release in use. */
  readonly release: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly ca: string | undefined;
  readonly token: string | undefined;
  readonly run: string | undefined;
  readonly service: string | undefined;
  /** The program that runs as executor. */
  readonly running: string | undefined;
}

/** What should be. */
export interface Wanted {
  readonly release: string;
  readonly kubeconfig: string;
  readonly ca: string;
  readonly run: string;
  /** Nothing where the host's way of starting programs has no file. */
  readonly service: string | undefined;
  /** Uid of the node's account; nothing where it is not there yet. */
  readonly accountUid: string | undefined;
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const STEPS = {
  account: "make the node's account in the cluster",
  program: 'copy the program',
  config: 'write where the cluster is, and how the executor is started',
  credential: 'bring a credential',
  service: 'install the service',
  start: 'start the executor',
  restart: 'restart the executor; guests go on',
} as const;

export type Step = keyof typeof STEPS;

/** A token that the API server still takes, and of the account that is there now. */
function isGoodToken(token: string | undefined, { now, subject, accountUid }: Wanted): boolean {
  const claims = token === undefined ? undefined : tokenClaims(token);
  if (!claims || claims.subject !== subject || isHalfGone(claims, now)) return false;
  return accountUid !== undefined && claims.accountUid === accountUid;
}

/** What is to be done so that a host is a node; nothing where it is one already. Pure. */
export function planNode(seen: Observed, wanted: Wanted): Step[] {
  const isConfigured = (['kubeconfig', 'ca', 'run'] as const).every((name) => seen[name] === wanted[name]);
  const isInstalled = seen.service === wanted.service;
  const isRunning = seen.running !== undefined;
  const isCurrent = seen.release === wanted.release && (seen.running?.startsWith(`${wanted.release}/`) ?? false);
  const isGood = isGoodToken(seen.token, wanted);
  // The executor reads its token for each request: a new one needs no restart.
  const restart = isRunning && !(isConfigured && isInstalled && isCurrent);
  const steps: [Step, boolean][] = [
    ['account', wanted.accountUid === undefined],
    ['program', seen.release !== wanted.release],
    ['config', !isConfigured],
    ['credential', !isGood],
    ['service', !isInstalled],
    ['start', !isRunning],
    ['restart', restart],
  ];
  return steps.flatMap(([step, isDue]) => (isDue ? [step] : []));
}
