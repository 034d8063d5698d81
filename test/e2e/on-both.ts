import { readdirSync } from 'node:fs';

const SUFFIX = '.test.ts';

/** What runs against the embedded API alone, and why; every other end-to-end test runs on a real control plane too. */
export const EMBEDDED_ONLY: Readonly<Record<string, string>> = {
  'cli-access': 'finds the socket and the kubeconfig of a home whose executor serves the API itself',
  'cli-images': 'sends files over the socket, and ends and starts the API amid them',
  'cli-nodes': 'what a host that is alone says of nodes; of a cluster it is cluster/node-commands',
  'cli-package': 'installs the package, which starts with `vmctl up`',
  'cli-terminal': 'has `vmctl down` drawn on a terminal',
  'cli-up': '`vmctl up` and `down` themselves',
  crash: 'what a kill leaves on the disks of a host, step by step, whichever API tells of it',
  'forward-left': 'what a killed executor left open in a qemu of its host',
  import: 'needs no API at all',
  'machine-executor': 'what the first start of an executor that is alone makes',
  memory: 'memory of the daemon with its API',
  'ordinary-user': '`vmctl up` by who is not root',
  setup: 'scripts that install what is missing, before there is an API',
  start: '`npm start`, which is `vmctl up`',
  usage: 'the page of metrics that the API itself serves; of a cluster it is metrics-listen',
};

/** One of each area, and quick: what `npm test` has time for. `npm run test:cluster` runs them all. */
export const QUICK = [
  'cli-changes',
  'cli-disk',
  'cli-objects',
  'image-of-disk',
  'machine-console',
  'snapshot',
  'storage',
  'tuning',
];

/**
 * The end-to-end tests that run on a real control plane too: all that do not start the embedded API for its own sake.
 * @param everything whether the slow ones are wanted as well
 */
export function onBoth(everything: boolean): string[] {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(SUFFIX));
  const names = files.map((file) => file.slice(0, -SUFFIX.length)).filter((name) => !(name in EMBEDDED_ONLY));
  const wanted = everything ? names : names.filter((name) => QUICK.includes(name));
  return wanted.map((name) => `test/e2e/${name}${SUFFIX}`);
}
