import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { resourceOf } from '../../schemas/client/paths.ts';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import { kindNames } from '../../schemas/kinds/names.ts';
import { type Measure, paired, throughput, time } from './measure.ts';
import { run } from './run.ts';
import { type Standalone, standalone } from './standalone.ts';
import { type Any, ready, until } from './watch.ts';

const ROUNDS = 3;
const MEBIBYTES = 1024;
const IMAGES = resourceOf(kindNames.VirtualMachineImage);

/** A disk of random bytes: nothing of it is a hole, and nothing packs. @returns its digest */
async function makeDisk(path: string): Promise<string> {
  const hash = createHash('sha256');
  await using file = await open(path, 'w');
  for (let mebibyte = 0; mebibyte < MEBIBYTES; mebibyte++) {
    const chunk = randomBytes(1024 ** 2);
    if (mebibyte === 0) chunk.set([0x55, 0xaa], 510);
    hash.update(chunk);
    await file.write(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}

async function serveFile(path: string): Promise<{ url: string; child: ChildProcess }> {
  const program = join(import.meta.dirname, 'serve-file.ts');
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout ?? child, 'data');
  return { url: String(line).trim(), child };
}

/** `curl -s URL | sha256sum` */
async function curl(url: string): Promise<void> {
  const from = spawn('curl', ['--silent', '--fail', url], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sum = spawn('sha256sum', { stdio: [from.stdout, 'ignore', 'inherit'] });
  const [code] = await once(sum, 'close');
  if (code !== 0) throw new Error(`sha256sum ended with ${code}`);
}

/** From the creation of an image until it is there, whole, verified and on the disk, against a pipe that only reads. */
export async function imports(): Promise<Measure[]> {
  await using api = await standalone();
  const path = join(dirname(api.home), 'served.img');
  const checksum = await makeDisk(path);
  const { url, child } = await serveFile(path);
  try {
    let count = 0;
    const ours = async () => {
      const name = `import-${count++}`;
      const took = await time(() => importImage(api, name, { url, checksum }));
      await remove(api, name);
      return took;
    };
    const [us, pipe] = await paired(ROUNDS, ours, () => time(() => curl(url)));
    return [throughput('image import : curl into sha256sum', MEBIBYTES, us, pipe)];
  } finally {
    child.kill('SIGKILL');
  }
}

async function importImage({ client }: Standalone, name: string, http: { url: string; checksum: string }) {
  const metadata = { name, namespace: 'default' };
  const object = { apiVersion: API_VERSION, kind: 'VirtualMachineImage', metadata, spec: { source: { http } } };
  await client.create(IMAGES, object as never);
  await until<Any>(client, 'VirtualMachineImage', [name], ready);
}

/** The next one must not be another name of this one. */
const remove = (api: Standalone, name: string): Promise<void> =>
  run(['kubectl', 'delete', 'vmi', name, '--wait=true'], api.env);
