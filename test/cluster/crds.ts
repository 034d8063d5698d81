import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { type Answer, type Json, send } from './answer.ts';
import type { ServerAccess } from './servers.ts';

const FILE = join(import.meta.dirname, '..', '..', 'yamls', 'crds.yaml');
const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WAIT_MS = 30_000;

export interface Crd {
  readonly metadata: { readonly name: string };
  readonly [key: string]: Json | { readonly name: string };
}

/** What yamls/crds.yaml holds. */
export const readCrds = (): Crd[] =>
  parseAllDocuments(readFileSync(FILE, 'utf8')).map((document) => document.toJS() as Crd);

/** Applies one CRD server-side, as strictly as the server can. */
export const applyCrd = (server: ServerAccess, crd: Crd): Promise<Answer> =>
  send(server, {
    method: 'PATCH',
    path: `${PATH}/${crd.metadata.name}?fieldManager=test&fieldValidation=Strict`,
    type: 'application/apply-patch+yaml',
    body: crd,
  });

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
}

/** Waits until a CRD is established and its resource is served. @returns its conditions by type */
export async function established(server: ServerAccess, name: string): Promise<Record<string, Condition>> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const { body } = await send(server, { path: `${PATH}/${name}` });
    const { status } = body as { status?: { conditions?: Condition[] } };
    const conditions = Object.fromEntries((status?.conditions ?? []).map((item) => [item.type, item]));
    if (conditions['Established']?.status === 'True' && (await isServed(server, name))) return conditions;
    if (performance.now() > end) throw new Error(`${name} is not established: ${JSON.stringify(conditions)}`);
    await delay(100);
  }
}

/** Has a server serve our kinds. */
export async function installKinds(server: ServerAccess): Promise<void> {
  const crds = readCrds();
  for (const crd of crds) await applyCrd(server, crd);
  for (const crd of crds) await established(server, crd.metadata.name);
}

/** The server publishes a resource a moment after its CRD is established. */
async function isServed(server: ServerAccess, name: string): Promise<boolean> {
  const [plural = '', ...group] = name.split('.');
  const { status } = await send(server, { path: `/apis/${group.join('.')}/v1alpha1/${plural}` });
  return status === 200;
}
