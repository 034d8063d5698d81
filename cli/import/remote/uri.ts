import { usage } from '../../errors.ts';

/** Where a libvirt of another host is. Source: https://libvirt.org/uri.html#remote-uris */
export interface RemoteUri {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number;
  /** What its own virsh connects to, `qemu:///system`. */
  readonly local: string;
  readonly keyFile: string | undefined;
}

const NEXT = 'write it as qemu+ssh://root@host/system';
const SSH_PORT = 22;

/** @throws Failure (usage) for anything but DRIVER+ssh://[USER@]HOST[:PORT]/PATH[?keyfile=FILE] */
export function parseRemote(text: string): RemoteUri {
  const [, driver, rest = ''] = /^([a-z]+)\+ssh:\/\/(.+)$/.exec(text) ?? [];
  if (driver === undefined) throw usage(`--from ${JSON.stringify(text)} is no address of a libvirt over SSH`, NEXT);
  let url: URL;
  try {
    url = new URL(`ssh://${rest}`);
  } catch {
    throw usage(`--from ${JSON.stringify(text)} is no address`, NEXT);
  }
  const { hostname, port, username, pathname, searchParams } = url;
  if (hostname === '' || pathname === '') throw usage(`--from ${JSON.stringify(text)} names no host or no path`, NEXT);
  if (url.password !== '')
    throw usage('a password in --from would be seen by everybody', 'use a key, or type it when asked');
  return {
    user: username === '' ? undefined : decodeURIComponent(username),
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? SSH_PORT : Number(port),
    local: `${driver}://${decodeURIComponent(pathname)}`,
    keyFile: searchParams.get('keyfile') ?? undefined,
  };
}
