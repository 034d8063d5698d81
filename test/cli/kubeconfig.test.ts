import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { choose, kubeconfigPaths, loadKubeconfig } from '../../cli/kubeconfig/load.ts';
import { addContext, isEmpty, removeContext } from '../../cli/kubeconfig/merge.ts';
import { editKubeconfig } from '../../cli/kubeconfig/write.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmctl-kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OTHER = `# my clusters
apiVersion: v1
kind: Config
clusters:
- name: work # the big one
  cluster:
    server: https://work:6443
users:
- name: me
  user:
    token: abc
contexts:
- name: work
  context:
    cluster: work
    user: me
    namespace: team
current-context: work
`;

const addition = (home: string) => ({
  ...{ name: 'vmctl', home, socket: `${home}/api.sock` },
  cluster: { server: 'https://127.0.0.1:1234', 'certificate-authority-data': 'QQ==' },
  user: { 'client-certificate-data': 'Qg==', 'client-key-data': 'Qw==' },
});

describe('adding a context', () => {
  it('makes a file of its own where there is none', () => {
    const { text, name } = addContext('', addition('/h'));
    expect(name).toBe('vmctl');
    expect(parse(text)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'vmctl',
          cluster: {
            server: 'https://127.0.0.1:1234',
            'certificate-authority-data': 'QQ==',
            extensions: [
              {
                name: 'vmctl.dev/home',
                extension: { provider: 'vmctl.dev', home: '/h', socket: '/h/api.sock', user: 'vmctl' },
              },
            ],
          },
        },
      ],
      users: [{ name: 'vmctl', user: { 'client-certificate-data': 'Qg==', 'client-key-data': 'Qw==' } }],
      contexts: [{ name: 'vmctl', context: { cluster: 'vmctl', user: 'vmctl', namespace: 'default' } }],
      'current-context': 'vmctl',
    });
  });

  it('keeps comments and the contexts of others', () => {
    const { text } = addContext(OTHER, addition('/h'));
    expect(text).toContain('# my clusters');
    expect(text).toContain('# the big one');
    const config = parse(text);
    expect(config['current-context']).toBe('vmctl');
    expect(config.contexts[0]).toEqual(parse(OTHER).contexts[0]);
    expect(config.users[0]).toEqual(parse(OTHER).users[0]);
  });

  it('changes nothing the second time', () => {
    const { text } = addContext(OTHER, addition('/h'));
    expect(addContext(text, addition('/h')).text).toBe(text);
  });

  it('takes another name where a context of that name is of another home, or of no home', () => {
    const first = addContext(OTHER.replaceAll('work', 'vmctl'), addition('/h'));
    expect(first.name).toBe('vmctl-2');
    const second = addContext(first.text, addition('/other'));
    expect(second.name).toBe('vmctl-3');
    expect(parse(second.text).clusters.map((it: { name: string }) => it.name)).toEqual(['vmctl', 'vmctl-2', 'vmctl-3']);
  });

  it('reads a file that is JSON', () => {
    const { text } = addContext(JSON.stringify(parse(OTHER)), addition('/h'));
    expect(parse(text).contexts.map((it: { name: string }) => it.name)).toEqual(['work', 'vmctl']);
  });

  it('refuses what is not YAML', () => {
    expect(() => addContext('a: [', addition('/h'))).toThrow();
  });
});

describe('taking a context out again', () => {
  it('gives back what was there, and the context that was current', () => {
    const { text } = addContext(OTHER, addition('/h'));
    const after = removeContext(text, '/h');
    expect(parse(after)).toEqual(parse(OTHER));
    expect(after).toContain('# the big one');
  });

  it('remembers the first current context through a second up', () => {
    const once = addContext(OTHER, addition('/h')).text;
    const twice = addContext(once, { ...addition('/h'), socket: '/h/new.sock' }).text;
    expect(parse(removeContext(twice, '/h'))['current-context']).toBe('work');
  });

  it('leaves a context current that was chosen in the meantime', () => {
    const text = addContext(OTHER, addition('/h')).text.replace('current-context: vmctl', 'current-context: work');
    expect(parse(removeContext(text, '/h'))['current-context']).toBe('work');
  });

  it('leaves other homes alone', () => {
    const { text } = addContext(OTHER, addition('/h'));
    expect(removeContext(text, '/other')).toBe(text);
  });

  it('knows a file that holds nothing any more', () => {
    expect(isEmpty(removeContext(addContext('', addition('/h')).text, '/h'))).toBe(true);
    expect(isEmpty(OTHER)).toBe(false);
  });
});

describe('writing the file', () => {
  it('is private, keeps a link, and leaves no lock', async () => {
    const [path, link] = [join(folder, 'real'), join(folder, 'link')];
    writeFileSync(path, OTHER, { mode: 0o644 });
    symlinkSync(path, link);
    await editKubeconfig(link, (text) => ({ text: `${text}# more\n` }));
    expect(readFileSync(path, 'utf8')).toBe(`${OTHER}# more\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(() => statSync(`${path}.lock`)).toThrow();
  });

  it('does not touch a file that stays as it is', async () => {
    const path = join(folder, 'same');
    writeFileSync(path, OTHER);
    const before = statSync(path).ino;
    await editKubeconfig(path, (text) => ({ text }));
    expect(statSync(path).ino).toBe(before);
  });

  it('loses nothing when the change fails', async () => {
    const path = join(folder, 'kept');
    writeFileSync(path, OTHER);
    await expect(
      editKubeconfig(path, () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(readFileSync(path, 'utf8')).toBe(OTHER);
    expect(() => statSync(`${path}.lock`)).toThrow();
  });

  it('lets changes of several programs wait for each other', async () => {
    const path = join(folder, 'busy');
    writeFileSync(path, '');
    await Promise.all([1, 2, 3, 4].map((n) => editKubeconfig(path, (text) => ({ text: `${text}${n}\n` }))));
    expect(readFileSync(path, 'utf8').split('\n').sort().join('')).toBe('1234');
  });
});

describe('finding the configuration', () => {
  it('looks where kubectl looks', () => {
    expect(kubeconfigPaths('/f', { KUBECONFIG: '/a' })).toEqual(['/f']);
    expect(kubeconfigPaths(undefined, { KUBECONFIG: '/a::/b:/a' })).toEqual(['/a', '/b']);
    expect(kubeconfigPaths(undefined, { HOME: '/root' })).toEqual(['/root/.kube/config']);
  });

  it('merges files, the first to name a thing winning, with paths relative to their own folder', async () => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    writeFileSync(a, 'contexts:\n- name: work\n  context:\n    cluster: local\n    user: me\n');
    writeFileSync(
      b,
      OTHER.replace('token: abc', 'client-certificate: pki/me.crt').replace('name: work # the big one', 'name: local'),
    );
    const chosen = choose(
      await loadKubeconfig(undefined, { KUBECONFIG: `${a}:${b}:${join(folder, 'none')}` }),
      undefined,
    );
    expect(chosen).toMatchObject({
      name: 'work',
      namespace: 'default',
      clusterName: 'local',
      user: { 'client-certificate': join(folder, 'pki/me.crt') },
    });
  });

  it('says which context is missing, and where to look', async () => {
    const config = { contexts: [{ name: 'a', context: { cluster: 'gone', user: 'me' } }], 'current-context': 'a' };
    expect(() => choose(config, 'b')).toThrow('there is no context "b" in the kubeconfig');
    expect(() => choose(config, undefined)).toThrow('names the cluster "gone"');
    expect(choose({}, undefined)).toBeUndefined();
    await expect(loadKubeconfig(join(folder, 'none'), {})).rejects.toThrow('cannot read the kubeconfig');
  });
});
