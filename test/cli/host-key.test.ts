import { describe, expect, it } from 'vitest';
import { announcedKeys, hostAlias, hostKeyOf, judge, knownKeys } from '../../cli/ssh/host-key.ts';
import { sshConfigBlock } from '../../cli/ssh/native.ts';
import { parseLogin, parsePlace } from '../../cli/ssh/target.ts';

const ed = (blob: string) => ({ type: 'ssh-ed25519', blob: blob.padEnd(68, 'A') });

describe('a host key', () => {
  it('carries its type in its blob', () => {
    const blob = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.alloc(36)]);
    expect(hostKeyOf(blob)).toEqual({ type: 'ssh-ed25519', blob: blob.toString('base64') });
  });

  it('is found in a known_hosts file by the uid of the machine', () => {
    const file = '# note\nother ssh-ed25519 X\nvmctl-1 ssh-ed25519 A\nhost,vmctl-1 ssh-rsa B\nvmctl-12 ssh-rsa C\n';
    expect(knownKeys(file, hostAlias('1'))).toEqual([
      { type: 'ssh-ed25519', blob: 'A' },
      { type: 'ssh-rsa', blob: 'B' },
    ]);
  });

  it('is read from what cloud-init prints, of the last boot that did', () => {
    const block = (key: string) =>
      `-----BEGIN SSH HOST KEY KEYS-----\r\n[   9.1] ${key} root@web\r\n-----END SSH HOST KEY KEYS-----\r\n`;
    const [before, after] = [ed('old'), ed('new')];
    const log = `boot\n${block(`ssh-ed25519 ${before.blob}`)}login:\n${block(`ssh-ed25519 ${after.blob}`)}`;
    expect(announcedKeys(log)).toEqual([after]);
    expect(announcedKeys('nothing')).toEqual([]);
  });

  it.each([
    ['known', [ed('a')], []],
    ['announced', [], [ed('a')]],
    ['announced', [ed('b')], [ed('a')]],
    ['new', [], []],
    ['new', [], [{ ...ed('b'), type: 'ssh-rsa' }]],
    ['changed', [], [ed('b')]],
    ['changed', [ed('b')], []],
    ['changed', [{ ...ed('b'), type: 'ssh-rsa' }], []],
  ] as const)('is %s', (verdict, known, announced) => {
    expect(judge(ed('a'), known, announced)).toBe(verdict);
  });
});

describe('words of ssh', () => {
  it('name who and where', () => {
    expect(parseLogin('root@web')).toEqual({ user: 'root', machine: 'web' });
    expect(parseLogin('vm/web')).toEqual({ machine: 'web' });
    expect(() => parseLogin('-oProxyCommand=x@web')).toThrow('is no name of a user');
    expect(parsePlace('root@web:')).toEqual({ login: { user: 'root', machine: 'web' }, path: '.' });
    expect(parsePlace('./a:b')).toEqual({ path: './a:b' });
  });

  it('are quoted for the shell of a ProxyCommand', () => {
    const host = { uid: '1', machine: 'web', namespace: 'shop', port: 22, knownHosts: '/k' };
    const block = sshConfigBlock({ ...host, vmctl: ["/opt/it's 100%/vmctl", '--context', 'a b'] }, 'debian');
    expect(block).toBe(`Host web.shop.vm
  User debian
  ProxyCommand '/opt/it'\\''s 100%%/vmctl' --context 'a b' port-forward --stdio --namespace shop web 22
  HostKeyAlias vmctl-1
  UserKnownHostsFile "/k"
  StrictHostKeyChecking accept-new
  CheckHostIP no
`);
  });
});
