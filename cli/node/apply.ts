import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ApiClient } from '../../schemas/client/client.ts';
import { Failure } from '../errors.ts';
import type { Host } from '../import/remote/connect.ts';
import { makeAccount, requestToken } from './account.ts';
import { type Places, places } from './files.ts';
import type { Init } from './init.ts';
import { type Package, staged } from './package.ts';
import type { Step, Wanted } from './plan.ts';
import { ended, must, writeFile } from './remote.ts';

/** One host that becomes a node. */
export interface Joining {
  readonly client: ApiClient;
  readonly node: string;
  readonly host: Host;
  readonly at: Places;
  readonly init: Init;
  readonly program: Package;
  readonly wanted: Wanted;
}

/** Renamed when it is whole; the link is replaced in one step, so that at each moment one release is current. */
async function copyProgram({ host, at, program }: Joining): Promise<void> {
  const { releases, current } = places(at);
  const release = places(at).release(program.digest);
  const part = `${release}.part`;
  await must(host, ['mkdir', '-p', releases]);
  await must(host, ['rm', '-rf', part]);
  await must(host, ['mkdir', part]);
  await sendFiles(host, program, part);
  await must(host, ['rm', '-rf', release]);
  await must(host, ['mv', part, release]);
  await must(host, ['ln', '-sfn', release, `${current}.new`]);
  await must(host, ['mv', '-T', `${current}.new`, current]);
}

async function sendFiles(host: Host, program: Package, folder: string): Promise<void> {
  await using stage = await staged(program);
  const tar = spawn('tar', ['-C', stage.folder, '-chf', '-', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const packed = once(tar, 'exit');
  const channel = await host.start(['tar', '-C', folder, '--no-same-owner', '-xzf', '-']);
  const unpacked = ended(channel);
  // Fast rather than small: it is mostly Node, which is sent once for each of its versions.
  await pipeline(tar.stdout, createGzip({ level: 1 }), channel).catch(() => {});
  const { code, stderr } = await unpacked;
  const [packedCode] = await packed;
  if (code !== 0 || packedCode !== 0)
    throw new Failure(
      'failed',
      `the program could not be copied to ${host.name}: ${stderr.trim() || `tar ended with ${packedCode}`}`,
    );
}

async function writeConfig({ host, at, wanted }: Joining): Promise<void> {
  const { kubeconfig, ca, run } = places(at);
  await must(host, ['mkdir', '-p', at.directory, at.home]);
  await writeFile(host, ca, wanted.ca, '644');
  await writeFile(host, kubeconfig, wanted.kubeconfig, '600');
  await writeFile(host, run, wanted.run, '755');
}

/** How each step is taken; all of them can be taken again. */
export const take = {
  account: ({ client, node }) => makeAccount(client, node),
  program: copyProgram,
  config: writeConfig,
  credential: async ({ client, node, host, at }) => {
    await must(host, ['mkdir', '-p', at.directory]);
    await writeFile(host, places(at).token, await requestToken(client, node), '600');
  },
  service: ({ init, host, at }) => init.install(host, at),
  start: ({ init, host, at }) => init.start(host, at),
  restart: ({ init, host, at }) => init.start(host, at),
} satisfies Record<Step, (joining: Joining) => Promise<void>>;
