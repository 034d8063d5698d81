import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRegistry, startRegistry } from '../storage/registry-server.ts';
import { type CliHome, cliHome, VMCTL } from './cli-home.ts';
import { until } from './until.ts';

const MIB = 1024 ** 2;
let person: CliHome;

beforeAll(async () => {
  person = await cliHome();
  await person.up();
});
afterAll(async () => person[Symbol.asyncDispose]());

const folder = () => join(person.home, 'pool/images/default');
const parts = () => readdirSync(folder()).filter((name) => name.endsWith('.part'));
const status = async (name: string) => JSON.parse(await person.ok('get', 'vmi', name, '-o', 'json')).status;

/** One call of the subresource, as any client may make it. */
async function call(method: string, path: string, body?: Buffer): Promise<{ code: number; text: string }> {
  const socketPath = join(person.home, 'api/api.sock');
  const base = '/apis/subresources.vmctl.dev/v1alpha1/namespaces/default/virtualmachineimages';
  const outgoing = request({
    socketPath,
    method,
    path: `${base}/${path}`,
    ...(body && { headers: { 'content-length': body.length } }),
  });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { code: response.statusCode, text };
}

/** Waits until the executor takes the bytes of an image. */
const taken = (name: string): Promise<void> =>
  until(async () => (await call('GET', `${name}/upload`)).code === 200, {
    limitMs: 60_000,
    what: () => `an upload of ${name}`,
  });

describe('a file of this machine', () => {
  it('is sent to the executor, with its progress, and is the image byte for byte', async () => {
    const file = join(person.folder, 'big.raw');
    // More than is sent in one request.
    writeFileSync(file, Buffer.concat([Buffer.alloc(70 * MIB), Buffer.from('the end')]));
    const { code, stderr } = await person.vmctl('image', 'import', file, '--format', 'raw', '--wait');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/big: Uploading[\s\S]*big: sent/);
    const { path, digest } = await status('big');
    expect(readFileSync(path).equals(readFileSync(file))).toBe(true);
    expect(digest).toMatch(/^sha256:/);
    expect(readdirSync(folder()).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('that was interrupted goes on with the same command, through a restart of the executor', async () => {
    const file = join(person.folder, 'slow.raw');
    const bytes = Buffer.alloc(8 * MIB, 'slow ');
    writeFileSync(file, bytes);
    const dry = await person.ok('image', 'import', file, '--format', 'raw', '--dry-run=client', '-o', 'json');
    expect(JSON.parse(dry).spec).toEqual({ source: { upload: {} }, format: 'raw' });
    writeFileSync(join(person.folder, 'slow.json'), dry);
    await person.ok('create', '-f', join(person.folder, 'slow.json'));
    await taken('slow');
    expect((await call('PUT', `slow/upload?offset=0&size=${bytes.length}`, bytes.subarray(0, 3 * MIB))).code).toBe(200);
    expect(parts()).toHaveLength(1);
    await person.ok('down');
    await person.up();
    await until(async () => (await status('slow'))?.progress === 37, {
      limitMs: 60_000,
      what: () => 'an upload that goes on',
    });
    expect(await status('slow')).toMatchObject({ phase: 'Uploading' });
    await taken('slow');
    const wrong = await call('PUT', `slow/upload?offset=1&size=${bytes.length}`, bytes.subarray(1, 2));
    expect([wrong.code, wrong.text]).toEqual([
      409,
      expect.stringContaining(`${3 * MIB} of ${bytes.length} bytes have come`),
    ]);
    await person.ok('image', 'import', file, '--name', 'slow', '--format', 'raw', '--wait');
    expect(readFileSync((await status('slow')).path).equals(bytes)).toBe(true);
    expect((await call('PUT', 'slow/upload?offset=0&size=1', Buffer.from('x'))).code).toBe(409);
  });

  it('stopped with Ctrl-C says how to go on, and is given up without a trace', async () => {
    const endless = join(person.folder, 'endless.raw');
    writeFileSync(endless, '');
    truncateSync(endless, 4 * 1024 * MIB);
    const child = spawn(VMCTL, ['image', 'import', endless, '--name', 'stopped', '--format', 'raw'], {
      env: person.env,
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until(() => parts().some((name) => name.startsWith('.stopped')), {
      limitMs: 60_000,
      what: () => `a part; ${said}`,
    });
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    expect(said).toContain('to give it up: vmctl delete vmi stopped');
    await person.ok('delete', 'vmi', 'stopped');
    expect(readdirSync(folder()).filter((name) => name.includes('stopped'))).toEqual([]);
  });

  it('that is not what its checksum says is refused, and nothing is left', async () => {
    const file = join(person.folder, 'wrong.raw');
    writeFileSync(file, Buffer.alloc(MIB, 'x'));
    const args = ['image', 'import', file, '--format', 'raw', '--checksum', `sha256:${'0'.repeat(64)}`, '--wait'];
    const { code, stderr } = await person.vmctl(...args);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/the checksum is sha256:[0-9a-f]{64}, not sha256:0000/)]);
    expect(readdirSync(folder()).filter((name) => name.includes('wrong'))).toEqual([]);
  });

  it('larger than what is free is refused before a byte is sent', async () => {
    const { code, text } = await call('PUT', 'none/upload?offset=0&size=1', Buffer.from('x'));
    expect([code, text]).toEqual([404, expect.stringContaining('not found')]);
    const object = {
      apiVersion: 'vmctl.dev/v1alpha1',
      kind: 'VirtualMachineImage',
      metadata: { name: 'huge' },
      spec: { source: { upload: {} } },
    };
    writeFileSync(join(person.folder, 'huge.json'), JSON.stringify(object));
    await person.ok('create', '-f', join(person.folder, 'huge.json'));
    await taken('huge');
    const refused = await call('PUT', `huge/upload?offset=0&size=${2 ** 49}`, Buffer.from('x'));
    expect([refused.code, refused.text]).toEqual([507, expect.stringContaining('make room in it')]);
    await person.ok('delete', 'vmi', 'huge');
  });
});

describe('images by other ways', () => {
  it('of the catalog are listed, and one is made for a machine that names it', async () => {
    expect(await person.ok('image', 'catalog')).toMatch(
      /debian-12 +Debian 12 \(bookworm\) +amd64,arm64 +debian +cloud\.debian\.org/,
    );
    const json = JSON.parse(await person.ok('image', 'catalog', '--arch', 'amd64', '-o', 'json'));
    expect(json).toContainEqual(
      expect.objectContaining({ name: 'cirros', checksum: expect.stringMatching(/^sha256:/) }),
    );
    const made = await person.ok('create', 'web', '--image', 'debian-12', '--no-start');
    expect(made).toBe('virtualmachineimage.vmctl.dev/debian-12 created\nvirtualmachine.vmctl.dev/web created\n');
    const image = JSON.parse(await person.ok('get', 'vmi', 'debian-12', '-o', 'json'));
    expect(image.spec.source.http.checksumUrl).toMatch(/^https:\/\/cloud\.debian\.org\/.*SHA512SUMS$/);
    expect(await person.ok('create', 'web2', '--image', 'debian-12', '--no-start')).toBe(
      'virtualmachine.vmctl.dev/web2 created\n',
    );
    await person.ok('delete', 'vm', 'web', 'web2');
    await person.ok('delete', 'vmi', 'debian-12');
  });

  it('go to a registry and come back from it', async ({ skip }) => {
    if (!hasRegistry()) skip('docker-registry is not installed');
    await using registry = await startRegistry();
    const reference = `${registry.host}/team/big:1`;
    await person.ok('image', 'publish', 'big', reference, '--insecure', '--wait');
    expect((await status('big')).published.reference).toBe(reference);
    await person.ok(
      'image',
      'import',
      `oci://${reference}`,
      '--name',
      'back',
      '--insecure',
      '--format',
      'raw',
      '--wait',
    );
    expect(readFileSync((await status('back')).path).equals(readFileSync((await status('big')).path))).toBe(true);
    const { code, stderr } = await person.vmctl('image', 'publish', 'big', 'UPPER/x', '--wait');
    expect([code, stderr]).toEqual([1, expect.stringContaining('names nothing in a registry')]);
  });

  it('that nothing needs are pruned, and others kept', async () => {
    await person.ok('disk', 'create', 'root', '--image', 'slow', '--wait');
    const { code, stderr } = await person.vmctl('image', 'prune');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect(await person.ok('image', 'prune', '--dry-run=client')).toContain(
      'virtualmachineimage.vmctl.dev/back deleted (dry run)',
    );
    const said = await person.ok('image', 'prune', '--yes');
    expect(said).toContain('virtualmachineimage.vmctl.dev/back deleted');
    expect(said).not.toContain('slow');
    expect(statSync((await status('slow')).path).size).toBe(8 * MIB);
    await until(async () => !(await person.ok('get', 'vmi', '-o', 'name')).includes('/back'), {
      limitMs: 60_000,
      what: () => 'its end',
    });
  });
});

describe('pools', () => {
  it('are created, list what nobody has, and give it to a disk', async () => {
    await person.ok('disk', 'create', 'mine', '--size', '2Mi', '--wait');
    const path = join(person.folder, 'second pool');
    await person.ok('pool', 'create', 'second', '--dir', path, '--wait');
    await person.run('qemu-img', ['create', '-q', '-f', 'qcow2', join(path, 'old server.qcow2'), '3M']);
    await person.run('kubectl', ['annotate', 'vmp', 'second', 'look=again']);
    const list = async () => (await person.vmctl('disk', 'adopt', 'second')).stdout;
    await until(async () => (await list()).includes('old server.qcow2'), {
      limitMs: 60_000,
      what: () => 'a volume that nobody has',
    });
    expect(await list()).toMatch(/FILE +FORMAT +SIZE +FORMERLY\nold server\.qcow2 +qcow2 +3Mi/);
    await person.ok('disk', 'adopt', 'second', 'old server.qcow2', '--wait');
    const disk = JSON.parse(await person.ok('get', 'vmd', 'old-server', '-o', 'json'));
    expect(disk.status).toMatchObject({ virtualSize: '3Mi', path: join(path, 'disks/default/old-server.qcow2') });
    await person.ok('delete', 'pool', 'second', '--no-wait');
    const why = 'the pool is used by disk default/old-server';
    await until(async () => (await person.ok('describe', 'pool', 'second')).includes(why), {
      limitMs: 60_000,
      what: () => 'the reason why it stays',
    });
    const held = await person.vmctl('delete', 'pool', 'second', '--timeout', '2s');
    expect([held.code, held.stderr]).toEqual([4, expect.stringContaining(why)]);
    await person.ok('delete', 'disk', 'old-server');
    await until(async () => !(await person.ok('pool', 'list')).includes('second'), {
      limitMs: 60_000,
      what: () => 'its end',
    });
    expect(readdirSync(join(path, 'disks/default'))).toContain('old-server.qcow2');
  });

  it('say why an export cannot be mounted', async () => {
    await person.ok('pool', 'create', 'far', '--nfs', '127.0.0.1:/nothing', '--option', 'retry=0');
    const wait = await person.vmctl('wait', 'vmp/far', '--for=condition=Ready=False', '--timeout', '60s');
    expect(wait.code, wait.stderr).toBe(0);
    expect(await person.ok('describe', 'pool', 'far')).toContain('127.0.0.1:/nothing cannot be mounted');
    await person.ok('delete', 'pool', 'far');
    for (const args of [
      ['x'],
      ['x', '--dir', 'relative'],
      ['x', '--nfs', 'nowhere'],
      ['x', '--dir', '/a', '--nfs', 'b:/c'],
    ]) {
      expect((await person.vmctl('pool', 'create', ...args)).code).toBe(2);
    }
  });
});
