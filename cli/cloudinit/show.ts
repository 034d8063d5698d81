import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ApiClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import { core } from '../../schemas/client/paths.ts';
import {
  type DataOf,
  renderSeed,
  type Seed,
  SeedProblem,
  type Source,
  seedTexts,
  sourcesOf,
} from '../../schemas/cloud-init/index.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { visible } from '../../schemas/types/untrusted.ts';
import { Failure } from '../errors.ts';

interface DataObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const PLURALS = { Secret: 'secrets', ConfigMap: 'configmaps' } as const;

async function read(client: ApiClient, namespace: string, { kind, name }: Source) {
  return client.get<DataObject>(core(PLURALS[kind]), { namespace, name }).then(
    ({ data }) => data ?? {},
    (error) => {
      if (isNotFound(error)) return undefined;
      throw error;
    },
  );
}

/** Whether a seed is made from objects of the API. */
export const hasSources = ({ spec }: VirtualMachine): boolean =>
  spec.cloudInit !== undefined && sourcesOf(spec.cloudInit).length > 0;

/** What a machine's seed is made from, read with the rights of whoever asks. */
export async function readData(client: ApiClient, namespace: string, machine: VirtualMachine): Promise<DataOf> {
  const sources = machine.spec.cloudInit ? sourcesOf(machine.spec.cloudInit) : [];
  const found = await Promise.all(sources.map((source) => read(client, namespace, source)));
  return (kind, name) => found[sources.findIndex((source) => source.kind === kind && source.name === name)];
}

/** The seed that the executor makes of a machine's spec. @throws Failure saying why there is none */
export async function seedOf(machine: VirtualMachine, find: DataOf): Promise<Seed> {
  const { cloudInit } = machine.spec;
  const { name, uid = '00000000-0000-0000-0000-000000000000' } = machine.metadata;
  const edit = `see spec.cloudInit: vmctl edit vm ${name}`;
  if (!cloudInit) throw new Failure('failed', `the machine ${name} has no cloud-init seed`, edit);
  const { seedFrom } = cloudInit.noCloud ?? {};
  if (seedFrom !== undefined) throw new Failure('failed', `the guest of ${name} gets its seed from ${seedFrom}`, edit);
  const { parseYaml } = await import('../chunks/yaml.ts');
  try {
    return renderSeed({ cloudInit, machine: { name, uid }, texts: seedTexts(cloudInit, find), parse: parseYaml });
  } catch (error) {
    if (error instanceof SeedProblem) throw new Failure('failed', error.message, edit);
    throw error;
  }
}

const HIDDEN = '(holds a Secret; --reveal shows it)\n';

/** The files one after the other. */
export function seedText({ label, files }: Seed, reveal: boolean): string {
  const parts = files.map(({ path, content, secret }) => {
    const text = secret && !reveal ? HIDDEN : visible(content);
    return `--- ${path}\n${text}${text === '' || text.endsWith('\n') ? '' : '\n'}`;
  });
  return `label: ${label}\n${parts.join('')}`.trimEnd();
}

/** Writes the files below a folder, for nobody else to read: a web server can serve them as a seed. */
export async function writeSeed({ files }: Seed, folder: string): Promise<void> {
  for (const { path, content } of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, content, { mode: 0o600 });
  }
}
