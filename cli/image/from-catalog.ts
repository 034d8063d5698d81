import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { draft, make } from '../apply/make.ts';
import { Failure } from '../errors.ts';
import { own } from '../own.ts';
import { CATALOG, catalogSource } from './catalog.ts';

interface Node extends KubeObject {
  readonly status?: { readonly nodeInfo?: { readonly architecture?: string } };
}

const NODES = { group: '', version: 'v1', plural: 'nodes', namespaced: false } as const;

/** What machines will run on: the nodes' word, or else this machine's, where one may not ask. */
async function architectureOf({ client }: Session): Promise<string> {
  const nodes = await client.list<Node>(NODES).catch(() => undefined);
  const found = nodes?.items[0]?.status?.nodeInfo?.architecture;
  return found ?? (process.arch === 'x64' ? 'amd64' : process.arch);
}

/** Makes the image that a name of the catalog stands for, where the namespace has none of that name. @throws ApiError, Failure */
export async function ensureImage(session: Session, name: string, say: (text: string) => void): Promise<void> {
  if (own(CATALOG, name) === undefined) return;
  const query = { fieldSelector: `metadata.name=${name}` };
  const { items } = await session.client.list<KubeObject>(OURS.VirtualMachineImage, session.namespace, { query });
  if (items.length > 0) return;
  const architecture = await architectureOf(session);
  const http = catalogSource(name, architecture);
  if (!http) {
    throw new Failure('failed', `the catalog has no ${name} for ${architecture}`, 'see: vmctl image catalog');
  }
  const object = draft(OURS.VirtualMachineImage, { name }, { source: { http } });
  await make(session, OURS.VirtualMachineImage, object, { mode: 'none' }, say);
}
