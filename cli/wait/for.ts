import type { KubeObject } from '../../schemas/types/object.ts';
import { usage } from '../errors.ts';
import { quoted } from '../names.ts';
import { exists, gone, hasCondition } from './judges.ts';
import type { Judge } from './until.ts';

export interface ForGoal {
  readonly judge: Judge;
  /** What is said when it is reached. */
  readonly said: string;
}

const STEP = /\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[\?\(@\.([A-Za-z_][\w-]*)==["']([^"']*)["']\)\]/g;

/** Value at a simple JSON path: fields, indices and one-field filters. @throws Failure (usage) */
export function valueAt(object: unknown, path: string): unknown {
  const steps = [...path.matchAll(STEP)];
  if (steps.map(([text]) => text).join('') !== path)
    throw usage(
      `${quoted(path)} is not a path that wait understands`,
      'write it as .status.powerState or .status.addresses[0]',
    );
  return steps.reduce<unknown>((value, [, field, index, key, wanted]) => {
    if (value === null || typeof value !== 'object') return undefined;
    if (field !== undefined) return (value as Record<string, unknown>)[field];
    if (!Array.isArray(value)) return undefined;
    return index !== undefined
      ? value[Number(index)]
      : value.find((it: Record<string, unknown>) => String(it[key ?? '']) === wanted);
  }, object);
}

function jsonPath(path: string, wanted: string | undefined): Judge {
  valueAt({}, path);
  return (object: KubeObject | undefined) => {
    const value = valueAt(object, path);
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    const met = value !== undefined && value !== null && (wanted === undefined || text === wanted);
    return { state: met ? 'done' : 'working', detail: `${path}=${value === undefined ? '<none>' : text}` };
  };
}

/** Reads what --for asks, in kubectl's words. @throws Failure (usage) */
export function goalOf(text: string): ForGoal {
  if (text === 'delete') return { judge: gone, said: 'deleted' };
  if (text === 'create') return { judge: exists, said: 'is there' };
  const condition = /^condition=([^=]+)(?:=(\w+))?$/i.exec(text);
  if (condition) return { judge: hasCondition(condition[1] ?? '', condition[2] ?? 'True'), said: 'condition met' };
  const path = /^jsonpath=\{?(\.(?:\[[^\]]*\]|[^}=[])*)\}?(?:=(.*))?$/s.exec(text);
  if (path) return { judge: jsonPath(path[1] ?? '', path[2]), said: 'condition met' };
  throw usage(
    `--for=${quoted(text)} is not understood`,
    'it is one of condition=TYPE[=STATUS], jsonpath={.PATH}[=VALUE], create, delete',
  );
}
