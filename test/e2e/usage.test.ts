import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { going, screenMachine } from './access.ts';
import { type CliHome, cliHome, VMCTL } from './cli-home.ts';
import { until } from './until.ts';

let person: CliHome;

beforeAll(async () => {
  person = await cliHome();
  await person.up();
  await screenMachine(person, 'screen');
  await screenMachine(person, 'other');
});
afterAll(() => person[Symbol.asyncDispose]());

describe('what machines use', () => {
  const metrics = async () => {
    const { users, clusters } = JSON.parse(await readFile(join(person.home, 'api/kubeconfig'), 'utf8'));
    expect(clusters[0].cluster.server).toMatch(/^https:/);
    expect(users).toHaveLength(1);
    return (await person.run('kubectl', ['get', '--raw', '/metrics'])).stdout;
  };

  it('is on /metrics for Prometheus, for who may use the API, and goes with the object', async () => {
    const page = await metrics();
    expect(page).toMatch(/^vmctl_machine_cpu_seconds_total\{namespace="default",name="screen"\} \d/m);
    expect(page).toMatch(
      /^vmctl_machine_disk_read_requests_total\{namespace="default",name="screen",disk="root"\} [1-9]/m,
    );
    expect(page).toMatch(/^vmctl_machine_memory_size_bytes\{namespace="default",name="screen"\} 33554432$/m);
    expect(page).toMatch(/^vmctl_pool_capacity_bytes\{pool="default"\} [1-9]\d+$/m);
    expect(page).toMatch(/^vmctl_reconcile_seconds_count\{kind="VirtualMachine"\} [1-9]/m);
    expect(page).toMatch(/^vmctl_qmp_seconds_bucket\{command="query-status",le="\+Inf"\} [1-9]/m);
    const refused = await person.run('curl', [
      '-sk',
      `${/https:[^"]+/.exec(await readFile(join(person.home, 'api/kubeconfig'), 'utf8'))}/metrics`,
    ]);
    expect(JSON.parse(refused.stdout)).toMatchObject({ code: 401 });
  });

  it('is shown by top, once in a pipe', async () => {
    const [head, first, second] = (await person.ok('top', '--sort', 'name')).trimEnd().split('\n');
    expect(head).toMatch(/^NAME +POWER +CPU +CPUS +MEMORY +OF +READ +WRITE +RECEIVE +SEND$/);
    expect(first).toMatch(/^other +Running +\d+% +1 +[\d.]+ MiB +32\.0 MiB +0 B\/s +0 B\/s +- +-$/);
    expect(second).toMatch(/^screen +Running +\d+% +1 +[\d.]+ MiB +32\.0 MiB/);
  });

  it('is shown live on a terminal, sorted by the key that is pressed', async () => {
    const steps = [
      ['expect', 'NAME'],
      ['expect', '%'],
      ['send', 'm'],
      ['expect', '[memory]'],
      ['send', 'q'],
    ];
    const terminal = join(import.meta.dirname, 'terminal.py');
    const env = { TERM: 'xterm-256color' };
    const { stdout } = await person.run('python3', [terminal, JSON.stringify(steps), VMCTL, 'top'], { env });
    const seen = JSON.parse(stdout) as { output: string };
    expect(seen).toMatchObject({ code: 0, cooked: true });
    expect(seen.output).toContain('2 machines, 2 running');
    expect(seen.output.slice(seen.output.lastIndexOf('[memory]') - 2000)).toMatch(/other|screen/);
  });

  it('is followed by events from then on, in words that no terminal obeys', async () => {
    await using events = going(person, 'events', 'vm/other', '--watch');
    await events.line(/Started/);
    const { metadata } = JSON.parse(await person.ok('get', 'vm', 'other', '-o', 'json'));
    const about = { kind: 'VirtualMachine', name: 'other', namespace: 'default', uid: metadata.uid };
    const event = {
      ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'hostile', namespace: 'default' } },
      ...{ involvedObject: about, type: 'Normal', reason: 'Re\u001b[2Jason', message: 'one\n\u001b]0;two\u0007' },
    };
    const file = join(person.folder, 'event.json');
    await writeFile(file, JSON.stringify(event));
    expect(await person.run('kubectl', ['create', '-f', file])).toMatchObject({ code: 0 });
    expect((await events.line(/ {3}Re.*two.*\n/))[0]).toBe(
      '   Re\\x1b[2Jason   virtualmachine/other   one \\x1b]0;two\\x07\n',
    );
  });

  it('has the time that a snapshot itself takes beside it, and that of a revert', async () => {
    await person.ok('snapshot', 'create', 'other', 'point', '--memory', '--wait');
    const taken = await metrics();
    expect(taken).toMatch(/^vmctl_snapshot_seconds_count\{step="take"\} 1$/m);
    expect(taken).toMatch(/^vmctl_snapshot_seconds_bucket\{step="take",le="\+Inf"\} 1$/m);
    expect(Number(/^vmctl_snapshot_seconds_sum\{step="take"\} (.+)$/m.exec(taken)?.[1])).toBeGreaterThan(0);
    expect(taken).not.toContain('step="revert"');
    await person.ok('snapshot', 'revert', 'point', '--wait');
    expect(await metrics()).toMatch(/^vmctl_snapshot_seconds_count\{step="revert"\} 1$/m);
  });

  it('is forgotten with the machine', async () => {
    await person.ok('delete', 'vm', 'screen', '--wait');
    await until(async () => !(await metrics()).includes('name="screen"'), { limitMs: 60_000, what: () => 'its end' });
    expect(await metrics()).toContain('name="other"');
  });
});
