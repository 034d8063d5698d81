import { mkdirSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { policiesHold } from '../cluster/install/hold.ts';
import { type Cluster, startCluster } from '../cluster/servers.ts';
import type { Person } from '../e2e/access.ts';
import { run, VMCTL } from '../e2e/cli-home.ts';
import { until } from '../e2e/until.ts';
import { buildImages } from './image.ts';
import { NODE_NAME, type RealNode, startNode } from './node.ts';

const YAMLS = join(import.meta.dirname, '../../yamls');
const LIMIT_MS = 240_000;

/** A control plane with vmctl installed, and a node with a kubelet. */
export interface KubeletScene extends AsyncDisposable {
  readonly folder: string;
  readonly cluster: Cluster;
  readonly node: RealNode;
  /** Standard output of the host's kubectl. @throws with all that it said where it fails */
  kubectl(...args: readonly string[]): Promise<string>;
  /** An object by kubectl's words for it; undefined where there is none. */
  get<T>(...args: readonly string[]): Promise<T | undefined>;
  /** Somebody with the built vmctl, who may do everything. */
  readonly person: Person;
  apply(...objects: readonly object[]): Promise<void>;
  /** Looks again and again until it is so; says at the end what there was. */
  eventually<T>(what: string, look: () => Promise<T>, holds: (value: T) => unknown): Promise<T>;
}

export async function startScene(host: string): Promise<KubeletScene> {
  const resources = new AsyncDisposableStack();
  const folder = join(host, 'test');
  mkdirSync(folder);
  // qemu runs as a user of its own and has to get through.
  for (const path of [host, folder]) await chmod(path, 0o755);
  const cluster = resources.use(
    await startCluster({ policies: true, controllerManager: true, scheduler: true, kubelets: true }),
  );
  const tools = toolsOf(folder, cluster);
  await tools.kubectl('apply', '--validate=false', '-f', YAMLS);
  await policiesHold(cluster);
  const images = join(folder, 'images');
  mkdirSync(images);
  const node = await startNode(folder, cluster, await buildImages(images));
  const scene = { folder, cluster, node, ...tools, [Symbol.asyncDispose]: () => resources.disposeAsync() };
  await scene.eventually('a node that is ready', () => scene.get<Node>('node', NODE_NAME), isReady);
  return scene;
}

type Node = Conditioned & { readonly metadata: { readonly labels: Record<string, string> } };

export interface Conditioned {
  readonly status?:
    | { readonly conditions?: readonly { readonly type: string; readonly status: string }[] | undefined }
    | undefined;
}

export const isReady = (object: Conditioned | undefined): boolean =>
  object?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

type Tools = Pick<KubeletScene, 'kubectl' | 'get' | 'person' | 'apply' | 'eventually'>;

function toolsOf(folder: string, { kubeconfig }: Cluster): Tools {
  const env = { ...process.env, HOME: folder, VMCTL_HOME: join(folder, 'home'), KUBECONFIG: kubeconfig };
  const ok = async (program: string, args: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await run(program, args, { env, ...(input !== undefined && { input }) });
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  };
  return {
    kubectl: (...args) => ok('kubectl', args),
    get: async <T>(...args: readonly string[]) => {
      const text = await ok('kubectl', ['get', '--ignore-not-found', '-o', 'json', ...args]);
      return text === '' ? undefined : (JSON.parse(text) as T);
    },
    person: { folder, env, vmctl: (...args) => run(VMCTL, args, { env }), ok: (...args) => ok(VMCTL, args) },
    apply: async (...items) => {
      const list = { apiVersion: 'v1', kind: 'List', items };
      await ok('kubectl', ['apply', '--validate=false', '-f', '-'], JSON.stringify(list));
    },
    eventually: async <T>(what: string, look: () => Promise<T>, holds: (value: T) => unknown) => {
      const seen: T[] = [];
      const isSo = async () => {
        seen[0] = await look();
        return Boolean(holds(seen[0]));
      };
      await until(isSo, { limitMs: LIMIT_MS, what: () => `${what}; there is ${JSON.stringify(seen[0])}` });
      return seen[0] as T;
    },
  };
}
