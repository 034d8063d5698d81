import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TOOLS } from '../../scripts/kubelet/tools.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/node/bin/node');
export const EXECUTOR_IMAGE = 'docker.io/library/vmctl-executor:0.1.0';
const PAUSE_IMAGE = 'registry.k8s.io/pause:3.10';

/** As the real one does: a first process that has not asked for SIGTERM never gets it. */
const PAUSE = 'trap "exit 0" TERM; /busybox sleep 2147483647 & wait';

/** What a registry would have: the images that the Containerfile starts from, and the one that reservations run. */
const BASES = {
  'docker.io/library/debian:bookworm-slim': { file: TOOLS.debian, lines: (name: string) => [`ADD ${name} /`] },
  'docker.io/library/node:24-bookworm-slim': {
    file: NODE,
    lines: (name: string) => [`COPY ${name} /usr/local/bin/node`],
  },
  [PAUSE_IMAGE]: {
    file: TOOLS.busybox,
    lines: (name: string) => [`COPY ${name} /busybox`, `ENTRYPOINT ${JSON.stringify(['/busybox', 'sh', '-c', PAUSE])}`],
  },
} as const;

/**
 * Builds the image of the repository's Containerfile as its first lines say, but with buildah and without a registry.
 * @param folder takes up to a gigabyte
 * @returns archives for a container runtime to import
 */
export async function buildImages(folder: string): Promise<string[]> {
  const buildah = await builder(folder);
  for (const [image, { file, lines }] of Object.entries(BASES)) {
    const context = join(folder, `context-${image.replaceAll(/\W/g, '-')}`);
    mkdirSync(context);
    copyFileSync(file, join(context, 'content'));
    writeFileSync(join(context, 'Containerfile'), ['FROM scratch', ...lines('content'), ''].join('\n'));
    await buildah('bud', '--tag', image, context);
  }
  const context = join(folder, 'context');
  mkdirSync(context);
  for (const file of ['Containerfile', '.dockerignore']) cpSync(join(ROOT, file), join(context, file));
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', context, ROOT], { cwd: context });
  await buildah('bud', '--isolation', 'chroot', '--network', 'host', '--tag', EXECUTOR_IMAGE, context);
  return Promise.all(
    [EXECUTOR_IMAGE, PAUSE_IMAGE].map((image, index) => archive(buildah, image, join(folder, `${index}.tar`))),
  );
}

type Buildah = (command: string, ...args: readonly string[]) => Promise<void>;

async function archive(buildah: Buildah, image: string, file: string): Promise<string> {
  await buildah('push', image, `docker-archive:${file}:${image}`);
  return file;
}

async function builder(folder: string): Promise<Buildah> {
  const storage = join(folder, 'storage.conf');
  const [graph, state] = [join(folder, 'graph'), join(folder, 'state')];
  writeFileSync(storage, `[storage]\ndriver = "overlay"\ngraphroot = "${graph}"\nrunroot = "${state}"\n`);
  const env = { ...process.env, CONTAINERS_STORAGE_CONF: storage, TMPDIR: folder };
  const policy = ['--signature-policy', join(TOOLS.containers, 'policy.json')];
  const words = { bud: ['--registries-conf', join(TOOLS.containers, 'registries.conf'), '--pull-never'] };
  const program = join(TOOLS.path[0], 'buildah');
  return async (command, ...args) => {
    const more = command === 'bud' ? words.bud : [];
    await run(program, [command, ...policy, ...more, ...args], { env, maxBuffer: 64 * 1024 * 1024 });
  };
}
