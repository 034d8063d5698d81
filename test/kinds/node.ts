import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { startApiServer } from '../../executor/apiserver/index.ts';
import { createLog } from '../../executor/controller/log.ts';
import type { ObjectOf } from '../../executor/controller/types.ts';
import { type Controllers, startControllers } from '../../executor/daemon/controllers.ts';
import { prepareHost } from '../../executor/daemon/host.ts';
import { hostFacts, runDirOf } from '../../executor/host/index.ts';
import { findQemus } from '../../executor/qemu/process/index.ts';
import { serialLog } from '../../executor/qemu/sockets.ts';
import { type ApiClient, createClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { createTransport } from '../../schemas/client/transport.ts';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import { type Kind, kinds } from '../../schemas/kinds/index.ts';
import { endProcess } from '../fixtures/end.ts';
import { testSettings } from './settings.ts';

const NAMESPACE = 'default';
const LIMIT_MS = 90_000;

/** A whole node in this process: the embedded API, the real controllers, real qemu. */
export interface Node extends AsyncDisposable {
  readonly client: ApiClient;
  readonly folder: string;
  readonly pool: string;
  readonly controllers: Controllers;
  create<K extends Kind>(kind: K, name: string, spec: object): Promise<ObjectOf<K>>;
  patch(kind: Kind, name: string, patch: object): Promise<void>;
  remove(kind: Kind, name: string): Promise<void>;
  get<K extends Kind>(kind: K, name: string): Promise<ObjectOf<K> | undefined>;
  until<K extends Kind>(kind: K, name: string, holds: (object: ObjectOf<K>) => boolean): Promise<ObjectOf<K>>;
  gone(kind: Kind, name: string): Promise<void>;
  /** Ends the controllers and starts new ones, as a restart of the executor does. */
  restart(): Promise<void>;
  console(machine: string): Promise<string>;
}

const crds = parseAllDocuments(readFileSync(join(import.meta.dirname, '../../yamls/crds.yaml'), 'utf8')).map(
  (document) => document.toJS() as object,
);

/** @param pool folder of the pool `default`; one below the node's own where nothing is given */
export async function startNode(pool?: string): Promise<Node> {
  const folder = mkdtempSync(join(tmpdir(), 'vmctl-node-'));
  const settings = testSettings(folder);
  const log = process.env['VMCTL_TEST_LOG'] ? createLog() : { info: () => {}, warn: () => {}, error: () => {} };
  const server = await startApiServer({ dir: join(folder, 'api'), crds });
  const transport = createTransport({ socketPath: server.socketPath });
  const client = createClient(transport);
  const facts = await hostFacts();
  const acceleration = { accelerator: 'tcg', reason: 'tests need no probe' } as const;
  const prepared = await prepareHost({ ...settings, qemuUser: 'root' }, facts, log);
  const host = { ...prepared, acceleration: Promise.resolve(acceleration), accelerated: () => acceleration };
  const connect = () => startControllers({ client, nodeName: 'node-1', settings, facts, host, log });
  let controllers = await connect();

  const typeOf = (kind: Kind) => resourceOf(kinds[kind]);
  const target = (kind: Kind, name: string) =>
    kinds[kind].scope === 'Namespaced' ? { namespace: NAMESPACE, name } : { name };

  const node: Node = {
    client,
    folder,
    pool: pool ?? join(folder, 'pool'),
    get controllers() {
      return controllers;
    },
    create: (kind, name, spec) =>
      client.create(typeOf(kind), { apiVersion: API_VERSION, kind, metadata: target(kind, name), spec } as never),
    patch: async (kind, name, patch) => void (await client.patch(typeOf(kind), target(kind, name), patch)),
    remove: async (kind, name) => void (await client.delete(typeOf(kind), target(kind, name))),
    async get(kind, name) {
      try {
        return await client.get(typeOf(kind), target(kind, name));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async until(kind, name, holds) {
      const object = await wait(
        () => node.get(kind, name),
        (found) => found !== undefined && holds(found),
      );
      return object as NonNullable<typeof object>;
    },
    gone: async (kind, name) => {
      await wait(
        () => node.get(kind, name),
        (found) => found === undefined,
      );
    },
    async restart() {
      await controllers.close();
      controllers = await connect();
    },
    async console(machine) {
      const object = await node.get('VirtualMachine', machine);
      const path = serialLog(runDirOf(host.paths, object?.metadata.uid ?? ''), 0);
      return existsSync(path) ? readFileSync(path, 'latin1') : '';
    },
    async [Symbol.asyncDispose]() {
      const machines = await client.list<ObjectOf<'VirtualMachine'>>(typeOf('VirtualMachine'));
      await controllers.close();
      const running = findQemus();
      for (const { metadata } of machines.items) {
        const pid = running.get(metadata.uid ?? '')?.pid;
        if (pid !== undefined) endProcess(pid);
      }
      transport.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await node.create('VirtualMachineStoragePool', 'default', { dir: { path: node.pool } });
  return node;
}

/** Looks again and again: the deadline only ends a test that has failed. */
export async function wait<T>(look: () => Promise<T> | T, holds: (value: T) => boolean): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (performance.now() > deadline) throw new Error(`it never was so; it is ${JSON.stringify(value, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
