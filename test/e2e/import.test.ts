import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments, parse as parseOne } from 'yaml';
import { difference } from '../../scripts/corpus/xml/infoset.ts';
import { parse } from '../../scripts/corpus/xml/node.ts';
import { FIXTURES } from '../analyser/corpus.ts';
import { run, VMCTL } from './cli-home.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmctl-import-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** No API anywhere, and none is needed; nor is a home, or a cache in it (Node's own way to make that one never ends in /proc). */
const env = {
  ...process.env,
  XDG_CACHE_HOME: undefined,
  HOME: '/proc/nonexistent',
  KUBECONFIG: '/proc/nonexistent/config',
  VMCTL_HOME: '/proc/nonexistent/home',
};
const vmctl = (args: readonly string[], input = '') => run(VMCTL, args, { env, input });

const ok = async (args: readonly string[], input = ''): Promise<string> => {
  const { code, stdout, stderr } = await vmctl(args, input);
  expect(code, stderr).toBe(0);
  return stdout;
};

const fixture = (name: string): string => join(FIXTURES, name);
const same = (one: string, other: string): void =>
  expect(difference(parse(one), parse(other))).toEqual({ lost: [], added: [] });

const NETWORK = `<network><name>Büro</name><forward mode='nat'/><bridge name='virbr7'/>
<ip address='192.168.7.1' netmask='255.255.255.0'><dhcp><range start='192.168.7.2' end='192.168.7.99'/></dhcp></ip></network>`;
const POOL = "<pool type='dir'><name>fast</name><target><path>/srv/fast</path></target></pool>";
const VOLUME =
  "<volume><name>a.qcow2</name><capacity unit='GiB'>5</capacity><target><format type='qcow2'/></target></volume>";
const SNAPSHOT =
  "<domainsnapshot><name>before</name><disks><disk name='vda' snapshot='internal'/></disks><domain type='kvm'><name>web</name></domain></domainsnapshot>";

test('a machine goes to YAML and comes back as it was, by file and by pipe, without an API', async () => {
  const xml = readFileSync(fixture('virt-install.xml'), 'utf8');
  const yaml = await ok(['import', '-', '-o', 'yaml'], xml);
  expect(await ok(['import', fixture('virt-install.xml'), '-o', 'yaml'])).toBe(yaml);
  writeFileSync(join(folder, 'web.yaml'), yaml);
  same(await ok(['export', '--file', join(folder, 'web.yaml')]), xml);
});

test('the command line is a JSON array, with what lies beside the machine in the file', async () => {
  const words = JSON.parse(await ok(['showcmd', '--file', join(folder, 'web.yaml'), '-o', 'json'])) as string[];
  expect(words[0]).toBe('qemu-system-x86_64');
  expect(words).toContain('-nodefaults');
  expect(words.filter((word) => typeof word !== 'string')).toEqual([]);
});

for (const [what, xml, kind, part] of [
  ['network', NETWORK, 'VirtualMachineNetwork', { nat: { cidr: '192.168.7.0/24' } }],
  ['pool', POOL, 'VirtualMachineStoragePool', { dir: { path: '/srv/fast' } }],
  ['volume', VOLUME, 'VirtualMachineDisk', { size: '5Gi', source: { volume: { file: 'a.qcow2' } } }],
  ['snapshot', SNAPSHOT, 'VirtualMachineSnapshot', { virtualMachine: { name: 'web' }, disks: ['vda'] }],
] as const) {
  test(`a ${what} is told by its root element, and comes back`, async () => {
    const yaml = await ok(['import', '-', '-o', 'yaml'], xml);
    expect(parseOne(yaml)).toMatchObject({ kind, spec: part });
    same(await ok(['export', '-f', '-'], yaml), xml);
  });
}

test('what is renamed is told, and is itself again when exported', async () => {
  const { stderr } = await vmctl(['import', '-', '-o', 'yaml'], NETWORK);
  expect(stderr).toMatch(/Büro is no name of Kubernetes: it is b-ro-[0-9a-f]{6} here/);
});

test('files and folders go in, objects come out, each once; one that is refused stops no other', async () => {
  const many = join(folder, 'many');
  mkdirSync(many);
  cpSync(fixture('virt-install.xml'), join(many, 'a.xml'));
  writeFileSync(join(many, 'b.xml'), NETWORK);
  writeFileSync(join(many, 'c.xml'), NETWORK);
  writeFileSync(join(many, 'ignored.txt'), 'not XML');
  const yaml = await ok(['import', many, fixture('minimal.xml'), '-o', 'yaml']);
  const kinds = parseAllDocuments(yaml).map((one) => (one.toJS() as { kind: string }).kind);
  expect(kinds.filter((kind) => kind === 'VirtualMachine')).toHaveLength(2);
  expect(kinds.filter((kind) => kind === 'VirtualMachineNetwork')).toHaveLength(1);
  writeFileSync(join(many, 'd.xml'), '<domain><name>x</name><nonsense/></domain>');
  writeFileSync(join(many, 'e.xml'), '<domain>');
  const { code, stdout, stderr } = await vmctl(['import', many, '-o', 'yaml']);
  expect(code).toBe(1);
  expect(stdout).toContain('kind: VirtualMachine');
  expect(stderr).toMatch(/d\.xml:1: \/domain\/nonsense: element <nonsense> is not supported/);
  expect(stderr).toMatch(/e\.xml is no XML that can be read/);
});

test('nothing is sent where one is refused', async () => {
  const { code, stderr } = await vmctl(['import', fixture('minimal.xml'), join(folder, 'many', 'd.xml')]);
  expect(code).toBe(1);
  expect(stderr).toContain('nothing was sent: 1 of 2 are refused');
});

test('every leaf is reported, as a table and as JSON, and refused ones too', async () => {
  const table = await ok(['import', fixture('virt-install.xml'), '--report', 'table']);
  expect(table).toMatch(/\/domain\/name = "[^"]+"\s+imported as /);
  expect(table).toMatch(/ignored because /);
  const [report] = JSON.parse(await ok(['import', fixture('virt-install.xml'), '--report', 'json'])) as [
    { accepted: boolean; leaves: { xpath: string; outcome: string }[] },
  ];
  expect(report.accepted).toBe(true);
  expect(new Set(report.leaves.map(({ outcome }) => outcome)).has('imported')).toBe(true);
  const refused = await vmctl(['import', join(folder, 'many', 'd.xml'), '--report', 'json']);
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject([
    {
      accepted: false,
      leaves: expect.arrayContaining([expect.objectContaining({ xpath: '/domain/nonsense', outcome: 'refused' })]),
    },
  ]);
});

test('what is not supported is kept on request, with a place for the condition', async () => {
  const xml = readFileSync(fixture('minimal.xml'), 'utf8').replace('</os>', "</os><nonsense a='1'/>");
  const yaml = await ok(['import', '-', '--keep-unsupported', '-o', 'yaml'], xml);
  const [machine] = parseAllDocuments(yaml).map(
    (one) => one.toJS() as { metadata: { annotations: Record<string, string> } },
  );
  expect(machine?.metadata.annotations['vmctl.dev/libvirt-unsupported']).toBe('/domain/nonsense/@a');
  same(await ok(['export', '-f', '-'], yaml), xml);
});

test('networks and pools are mapped', async () => {
  const yaml = await ok([
    'import',
    fixture('cloud.xml'),
    '--network',
    'br0=lan',
    '--network',
    'br-int=tenants',
    '--network',
    'Büro Netz=office',
    '--pool',
    'fast',
    '-o',
    'yaml',
  ]);
  expect(yaml).toContain('name: tenants');
  const wrong = await vmctl(['import', fixture('cloud.xml'), '--network', 'br0', '-o', 'yaml']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('--network "br0" is not OLD=NEW');
});

test('a thousand files are one call of a few seconds', async () => {
  const lots = join(folder, 'lots');
  mkdirSync(lots);
  const text = readFileSync(fixture('virt-install.xml'), 'utf8');
  for (let n = 0; n < 1000; n += 1) writeFileSync(join(lots, `${n}.xml`), text.replace(/<name>[^<]*</, `<name>m${n}<`));
  const names = await ok(['import', lots, '-o', 'name', '--dry-run', 'client']);
  expect(new Set(names.split('\n').filter((name) => name.startsWith('virtualmachine.'))).size).toBe(1000);
});

const virsh = ((): boolean => {
  try {
    execFileSync('virsh', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('skipped: virsh is not there');
    return false;
  }
})();

test.skipIf(!virsh)('what is exported is what libvirt itself reads: its own driver for tests defines it', async () => {
  for (const name of readdirSync(FIXTURES).filter((one) =>
    ['minimal.xml', 'virt-install.xml', 'cloud.xml'].includes(one),
  )) {
    const yaml = await ok(['import', fixture(name), '-o', 'yaml']);
    const xml = (await ok(['export', '-f', '-'], yaml)).replace(/type='(kvm|qemu)'/, "type='test'");
    writeFileSync(join(folder, name), xml);
    execFileSync('virsh', ['-c', 'test:///default', 'define', join(folder, name)], { stdio: 'pipe' });
  }
});
