import { setTimeout as sleep } from 'node:timers/promises';
import { readWriter } from '../../../executor/storage/volume/writer.ts';
import { wait } from '../placing.ts';
import { randomFrom } from './random.ts';
import { DISK, type Hosts } from './scene.ts';

/** What was seen while hosts were cut off. */
export interface Story {
  /** Nodes on which the machine's guest was seen to write, in their order. */
  readonly nodes: string[];
  /** Anything that says that two have written, or could have. */
  readonly offences: string[];
  readonly fenced: number;
  readonly cuts: number;
}

const LOOK_MS = 20;
const STEP_MS = { least: 500, most: 4000 };
/** How long a node that was cut off is waited for before it is fenced, now and then. */
const FENCE_CHANCE = 0.5;
const HOLDER_CHANCE = 0.6;
const MOVED_MS = 90_000;
/** On a slow machine fewer rounds fit into the time; it goes on until the machine has been on two nodes. */
const LONGER_MS = 150_000;

/** Cuts hosts off at random for `forMs`, fences some of those that are, and watches who writes. */
export async function partition(scene: Hosts, uid: string, seed: number, forMs: number): Promise<Story> {
  const random = randomFrom(seed);
  const story = { nodes: [] as string[], offences: [] as string[], fenced: 0, cuts: 0 };
  const end = performance.now() + forMs;
  const over = new AbortController();
  const watching = watchWriters(scene, uid, story, over.signal);
  // Awaited at the end, where it is told.
  watching.catch(() => {});
  try {
    const hasMoved = () => new Set(story.nodes).size > 1;
    while (performance.now() < end || (!hasMoved() && performance.now() < end + LONGER_MS)) {
      await round(scene, story, random);
    }
  } finally {
    over.abort();
    await watching;
  }
  return story;
}

type Counted = { -readonly [K in keyof Story]: Story[K] };

/** Cuts off one or two; those are let in again, or one of them is turned off and vouched for while it is cut off. */
async function round(scene: Hosts, story: Counted, random: () => number): Promise<void> {
  const names = [...scene.hosts.keys()].sort(() => random() - 0.5);
  // The node that has the machine more often than the others: it is what this is about.
  const holder = (await scene.plane.machine('web'))?.status?.nodeName;
  if (random() < HOLDER_CHANCE) names.sort((a, b) => Number(b === holder) - Number(a === holder));
  const cut = names.slice(0, random() < 0.3 ? 2 : 1);
  for (const name of cut) await scene.host(name).cut(true);
  story.cuts += cut.length;
  await sleep(STEP_MS.least + random() * (STEP_MS.most - STEP_MS.least));
  const victim = random() < FENCE_CHANCE ? cut[0] : undefined;
  if (victim !== undefined) {
    await scene.host(victim).powerOff();
    await scene.vouch(victim, true);
    story.fenced += 1;
  }
  for (const name of cut) await scene.host(name).cut(false);
  await sleep(STEP_MS.least + random() * STEP_MS.least);
  if (victim !== undefined) await comeBack(scene, victim);
}

/** The machine has left the node that was fenced, if it was there; then that node is started anew. */
async function comeBack(scene: Hosts, name: string): Promise<void> {
  await wait(
    () => scene.plane.machine('web'),
    (machine) => machine?.status?.nodeName !== name,
    MOVED_MS,
  );
  await scene.host(name).boot();
  await scene.host(name).start();
  await scene.vouch(name, false);
}

/** Looks at all hosts from outside: at most one qemu, on the node that the record names, and a disk without torn blocks. */
async function watchWriters(scene: Hosts, uid: string, story: Counted, signal: AbortSignal): Promise<void> {
  const volume = `${scene.pool}/disks/default/${DISK}.raw`;
  while (!signal.aborted) {
    const pids = scene.qemus(uid);
    if (pids.length > 1) story.offences.push(`two qemus: ${pids.join(', ')}`);
    const node = (await readWriter(volume))?.node;
    if (node !== undefined && story.nodes.at(-1) !== node) story.nodes.push(node);
    await sleep(LOOK_MS);
  }
}

/** What executors and guests themselves say of a second writer: qemu's lock, or numbers that were overwritten. */
export function complaints(scene: Hosts): string[] {
  return [...scene.hosts.values()].flatMap((host) =>
    /Failed to get "(write|consistent read)" lock/.test(host.log()) ? [`qemu's lock kept ${host.name} out`] : [],
  );
}
