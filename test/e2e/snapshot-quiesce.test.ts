import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ObjectOf } from '../../executor/controller/types.ts';
import { LINUX_MEMORY_MIB, linuxGuest } from '../fixtures/guests/linux.ts';
import { smallMachine, startExecutor, type TestExecutor, type } from './harness.ts';
import { until } from './until.ts';

let executor: TestExecutor;
let calm: ObjectOf<'VirtualMachine'>;

/** Enough of a guest agent to be frozen: it says on the console what it is asked, and takes as long as /delay says. */
const AGENT = String.raw`echo 0 >/delay; cat >/agent <<'X'
exec 3<>/dev/vport0p1
say() { echo "agent $1" >/dev/ttyS0; }
while :; do read -r line <&3 || { sleep 0.1; continue; }
case "$line" in
*guest-sync-delimited*) id=${'$'}{line#*\"id\":}; id=${'$'}{id# }; printf '\377{"return": %s}\n' "${'$'}{id%%[!0-9]*}" >&3;;
*guest-fsfreeze-freeze*) say freeze; sleep $(cat /delay); say frozen; echo '{"return": 2}' >&3;;
*guest-fsfreeze-thaw*) say thaw; echo '{"return": 2}' >&3;;
*) echo '{"error": {"class": "CommandNotFound", "desc": "no"}}' >&3;;
esac
done
X
setsid sh /agent </dev/null >/dev/null 2>&1 & echo agent is up
`;

beforeAll(async () => {
  executor = await startExecutor();
  const { kernel, initrd, commandLine } = await linuxGuest();
  await executor.image('kernel', await readFile(kernel));
  await executor.image('initrd', await readFile(initrd));
  await executor.create(
    'VirtualMachine',
    'calm',
    smallMachine('', {
      memory: { size: `${LINUX_MEMORY_MIB}Mi` },
      machine: { boot: { kernel: { image: { name: 'kernel' }, initrd: { name: 'initrd' }, commandLine } } },
      disks: [{ name: 'data', blank: { size: '1Mi' } }],
      channels: [{ name: 'agent', agent: {} }],
    }),
  );
  await executor.says('calm', 'vmctl-guest ready');
  calm = await executor.eventually('VirtualMachine', 'calm', (machine) => machine);
}, 240_000);

afterAll(() => executor?.[Symbol.asyncDispose]());

const snapshot = (name: string, spec: object) =>
  executor.create('VirtualMachineSnapshot', name, { virtualMachine: { name: 'calm' }, ...spec });
const ended = (name: string) =>
  executor.eventually('VirtualMachineSnapshot', name, (now) => ['Ready', 'Failed'].includes(now?.status?.phase ?? ''));
const quiesced = (object: Awaited<ReturnType<typeof ended>>) =>
  object.status?.conditions?.find(({ type: name }) => name === 'Quiesced');
/** What the agent was asked since, in order. */
const asked = (since = 0): string[] =>
  [
    ...executor
      .serialOf(calm)
      .slice(since)
      .matchAll(/^agent (freeze|frozen|thaw)\r?$/gm),
  ].map(([, word]) => word ?? '');
const agentIs = (status: 'True' | 'False') =>
  executor.eventually('VirtualMachine', 'calm', (machine) =>
    machine?.status?.conditions?.some((one) => one.type === 'GuestAgentConnected' && one.status === status),
  );

test('without an agent a snapshot is taken all the same, unless it must be quiesced; both say why', async () => {
  await snapshot('bare', {});
  const bare = await ended('bare');
  expect(bare.status).toMatchObject({ phase: 'Ready', consistency: 'Crash' });
  expect(quiesced(bare)).toMatchObject({ status: 'False', reason: 'AgentNotConnected' });
  await snapshot('must', { quiesce: 'Required' });
  const must = await ended('must');
  expect(must.status?.phase).toBe('Failed');
  expect(must.status?.conditions?.[0]?.message).toContain('install qemu-guest-agent');
  // What failed is tried again once there is an agent, and would freeze the guest amid the next test.
  await executor.kubectl('delete', 'vmsn', 'must', '--wait');
});

test('with one the file systems are frozen for the snapshot, and thawed', async () => {
  await type(executor, 'calm', AGENT);
  await executor.says('calm', /^agent is up/m);
  await agentIs('True');
  for (const [name, spec] of [['in', { quiesce: 'Required' }]] as const) {
    const since = (await executor.serial('calm')).length;
    await snapshot(name, spec);
    const taken = await ended(name);
    expect(taken.status).toMatchObject({ phase: 'Ready', consistency: 'Filesystem' });
    expect(quiesced(taken)).toMatchObject({ status: 'True', message: '2 file systems of the guest stood still' });
    expect(asked(since)).toEqual(['freeze', 'frozen', 'thaw']);
  }
});

test('a guest that takes too long is thawed, and the snapshot fails or is taken as it may', async () => {
  await type(executor, 'calm', 'echo 3 >/delay; echo slow now\n');
  await executor.says('calm', /^slow now/m);
  const since = (await executor.serial('calm')).length;
  await snapshot('late', { quiesce: 'Required', quiesceTimeoutSeconds: 1 });
  const late = await ended('late');
  expect(late.status).toMatchObject({ phase: 'Failed' });
  expect(late.status?.conditions?.find(({ type: name }) => name === 'Ready')?.reason).toBe('FreezeFailed');
  await until(() => asked(since).at(-1) === 'thaw', { limitMs: 60_000, what: () => 'a thaw' });
  // Thawed for good: what does not answer in time is thawed once more.
  const frozen = join(executor.home, 'machines', `${calm.metadata.uid}.frozen.json`);
  await until(() => !existsSync(frozen), { limitMs: 60_000, what: () => 'a guest that goes on' });
  await executor.kubectl('delete', 'vmsn', 'late', '--wait');
});

test('an executor that dies while the guest is frozen thaws it when it is back, and takes the snapshot', async () => {
  const since = (await executor.serial('calm')).length;
  await snapshot('died', { quiesce: 'Required', quiesceTimeoutSeconds: 30 });
  await until(() => asked(since).includes('freeze'), { limitMs: 60_000, what: () => 'a freeze' });
  await executor.stop('SIGKILL');
  await sleep(3500);
  expect(asked(since)).not.toContain('thaw');
  await executor.start();
  const died = await ended('died');
  expect(died.status).toMatchObject({ phase: 'Ready', consistency: 'Filesystem' });
  await until(() => asked(since).at(-1) === 'thaw', { limitMs: 60_000, what: () => 'a thaw' });
  await executor.happened('calm', 'Thawed');
});
