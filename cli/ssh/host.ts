import { join, resolve } from 'node:path';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session, Where } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { knownHostsFile } from './known-hosts.ts';
import type { NativeHost } from './native.ts';

/** How this program is called again for the same API. */
export const callAgain = (root: string, { context, kubeconfig }: Where): string[] => [
  join(root, 'bin/vmctl'),
  ...(context === undefined ? [] : ['--context', context]),
  ...(kubeconfig === undefined ? [] : ['--kubeconfig', resolve(kubeconfig)]),
];

/** A machine as OpenSSH is told of it. @throws ApiError when there is none */
export async function nativeHost(
  { client, namespace }: Session,
  machine: string,
  port: number,
  vmctl: readonly string[],
): Promise<NativeHost> {
  const { metadata } = await client.get<KubeObject>(OURS.VirtualMachine, { namespace, name: machine });
  return { uid: metadata.uid ?? '', machine, namespace, port, vmctl, knownHosts: knownHostsFile() };
}
