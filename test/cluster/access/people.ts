import { createPrivateKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubeconfig } from '../../../executor/apiserver/kubeconfig.ts';
import { issue } from '../../../executor/apiserver/pki/certificate.ts';
import type { Cluster } from '../servers.ts';

const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');

/** A kubeconfig of somebody whom the cluster knows by a certificate, and who may do nothing until he is given a right. */
export function personOf({ pki, core }: Cluster, name: string, folder: string): string {
  const ca = { certificate: read(pki, 'ca.crt'), key: read(pki, 'ca.key') };
  const issuer = { ...ca, keyObject: createPrivateKey(ca.key) };
  const client = issue({ commonName: name, usage: 'client', days: 2, issuer }, new Date());
  const file = join(folder, `${name}.kubeconfig`);
  const config = kubeconfig(core.url, { ca: ca.certificate, server: client, client, token: '' });
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
