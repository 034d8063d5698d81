import type { Answer, Json } from './answer.ts';

/** One place where the embedded API and the real one do not say the same. */
export interface Difference {
  readonly step: string;
  /** `status`, `contentType`, `warnings/0`, `body/metadata/name` … */
  readonly path: string;
  readonly embedded: Json | undefined;
  readonly real: Json | undefined;
}

export type Transcript = ReadonlyMap<string, Answer>;

/** Every place where two transcripts differ. Objects are compared whatever the order of their keys. */
export function compare(embedded: Transcript, real: Transcript): Difference[] {
  const steps = [...new Set([...real.keys(), ...embedded.keys()])];
  return steps.flatMap((step) => ofStep(embedded.get(step), real.get(step)).map((place) => ({ step, ...place })));
}

/** Bodies of different statuses have nothing in common: what each says is enough. */
function ofStep(embedded: Answer | undefined, real: Answer | undefined): Omit<Difference, 'step'>[] {
  if (embedded?.status === real?.status) return places(embedded as Json | undefined, real as Json | undefined, []);
  return [{ path: 'status', embedded: summary(embedded), real: summary(real) }];
}

function summary(answer: Answer | undefined): string {
  const { message, stderr } = (answer?.body ?? {}) as { message?: string; stderr?: string };
  return `${answer?.status ?? 'no answer'} ${message ?? stderr ?? ''}`;
}

function places(
  embedded: Json | undefined,
  real: Json | undefined,
  path: readonly string[],
): Omit<Difference, 'step'>[] {
  if (Object.is(embedded, real)) return [];
  if (!isContainer(embedded) || !isContainer(real) || Array.isArray(embedded) !== Array.isArray(real)) {
    return [{ path: path.join('/'), embedded, real }];
  }
  const keys = [...new Set([...Object.keys(real), ...Object.keys(embedded)])];
  return keys.flatMap((key) => places(member(embedded, key), member(real, key), [...path, key]));
}

const isContainer = (value: Json | undefined): value is Json[] | { [key: string]: Json } =>
  typeof value === 'object' && value !== null;

const member = (container: Json[] | { [key: string]: Json }, key: string): Json | undefined =>
  (container as Record<string, Json>)[key];

/** For a failure's message: one difference a line. */
export function report(differences: readonly Difference[]): string {
  const show = (value: Json | undefined): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return differences
    .map(
      ({ step, path, embedded, real }) => `${step} · ${path}\n  embedded ${show(embedded)}\n  real     ${show(real)}`,
    )
    .join('\n');
}
