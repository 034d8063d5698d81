import { join, resolve } from 'node:path';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Where } from '../api/connect.ts';
import { knownHostsFile } from './known-hosts.ts';
import type { NativeHost } from './native.ts';

/** How this program is called again for the same API. */
export const callAgain = (root: string, { context, kubeconfig }: Where): string[] => [
  join(root, 'bin/vmctl'),
  ...(context === undefined ? [] : ['--context', context]),
  ...(kubeconfig === undefined ? [] : ['--kubeconfig', resolve(kubeconfig)]),
];

/** A machine as OpenSSH is told of it. */
export function nativeHost(
  { metadata }: KubeObject,
  namespace: string,
  port: number,
  vmctl: readonly string[],
): NativeHost {
  const { uid = '', name: machine } = metadata;
  return { uid, machine, namespace, port, vmctl, knownHosts: knownHostsFile() };
}
