import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TOOLS } from '../../scripts/kubelet/tools.ts';
import { SERVICE_ADDRESS } from '../cluster/arguments.ts';
import { type Child, ready, startChild } from '../cluster/child.ts';
import type { Cluster } from '../cluster/servers.ts';

const run = promisify(execFile);
export const NODE_NAME = 'real-node';
/** As scripts/kubelet/host.sh gives it. */
const NODE_ADDRESS = '198.18.0.1';
const SOCKET = '/run/containerd/containerd.sock';

/** A container runtime and a kubelet on the host of these namespaces. */
export interface RealNode {
  /** Starts both anew, as an upgrade of the node does: containers go on. */
  restart(): Promise<void>;
  /** The last lines of both. */
  tail(): string;
}

/** @param images archives that the runtime is to have */
export async function startNode(folder: string, cluster: Cluster, images: readonly string[]): Promise<RealNode> {
  await leadServiceTo(cluster);
  process.env['PATH'] = [...TOOLS.path, process.env['PATH']].join(':');
  configure(folder, cluster);
  let children = await start(folder);
  for (const image of images) await run('ctr', ['--namespace', 'k8s.io', 'images', 'import', '--digests', image]);
  return {
    tail: () => children.map((child) => `${child.name}:\n${child.tail()}`).join('\n'),
    restart: async () => {
      for (const child of children.toReversed()) await child.stop();
      children = await start(folder);
    },
  };
}

/** What kube-proxy does on a node: the Service's address leads to an API server. */
async function leadServiceTo({ whole }: Cluster): Promise<void> {
  const { port } = new URL(whole.url);
  await run('sysctl', ['-qw', 'net.ipv4.conf.all.route_localnet=1']);
  const rule = `ip daddr ${SERVICE_ADDRESS} tcp dport 443 dnat to 127.0.0.1:${port}`;
  for (const words of ['table ip services', 'chain ip services out { type nat hook output priority -100; }'])
    await run('nft', [`add ${words}`]);
  await run('nft', [`add rule ip services out ${rule}`]);
}

function configure(folder: string, cluster: Cluster): void {
  const network = join(folder, 'cni');
  mkdirSync(network, { recursive: true });
  const ipam = { type: 'host-local', ranges: [[{ subnet: '10.251.0.0/24' }]] };
  const plugins = [{ type: 'ptp', ipam }];
  writeFileSync(join(network, 'pods.conflist'), JSON.stringify({ cniVersion: '0.4.0', name: 'pods', plugins }));
  writeFileSync(join(folder, 'containerd.toml'), runtime(network));
  writeFileSync(join(folder, 'kubelet.json'), JSON.stringify(kubelet(cluster)));
  const identity = JSON.parse(readFileSync(cluster.identity(`system:node:${NODE_NAME}`, 'system:nodes'), 'utf8'));
  identity.clusters[0].cluster.server = cluster.core.url;
  writeFileSync(join(folder, 'kubelet.kubeconfig'), JSON.stringify(identity));
}

/** The second line is for users that may not protect processes from the kernel's want of memory. */
const runtime = (network: string): string => `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = ${!mayProtect()}
  disable_apparmor = true
  tolerate_missing_hugetlb_controller = true
  sandbox_image = "registry.k8s.io/pause:3.10"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${TOOLS.cni}"
  conf_dir = "${network}"
`;

/** CAP_SYS_RESOURCE. */
export function mayProtect(): boolean {
  const [, effective = '0'] = /^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return ((BigInt(`0x${effective}`) >> 24n) & 1n) === 1n;
}

/** Source: https://v1-20.docs.kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/ */
const kubelet = ({ pki }: Cluster): object => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: false },
    x509: { clientCAFile: join(pki, 'ca.crt') },
  },
  authorization: { mode: 'AlwaysAllow' },
  cgroupDriver: 'cgroupfs',
  failSwapOn: false,
  makeIPTablesUtilChains: false,
  healthzPort: 10248,
  imageGCHighThresholdPercent: 100,
  evictionHard: { 'memory.available': '1Mi', 'nodefs.available': '1Mi', 'imagefs.available': '1Mi' },
});

async function start(folder: string): Promise<Child[]> {
  const containerd = startChild(
    'containerd',
    'containerd',
    ['--config', join(folder, 'containerd.toml')],
    join(folder, 'containerd.log'),
  );
  await ready(containerd, () => succeeds('ctr', ['version']));
  const args = [
    `--config=${join(folder, 'kubelet.json')}`,
    `--kubeconfig=${join(folder, 'kubelet.kubeconfig')}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NODE_ADDRESS}`,
    '--container-runtime=remote',
    `--container-runtime-endpoint=unix://${SOCKET}`,
    `--volume-plugin-dir=${join(folder, 'volume-plugins')}`,
  ];
  const child = startChild('kubelet', TOOLS.kubelet, args, join(folder, 'kubelet.log'));
  await ready(child, async () => (await fetch('http://127.0.0.1:10248/healthz')).ok);
  return [containerd, child];
}

const succeeds = (file: string, args: readonly string[]): Promise<boolean> =>
  run(file, args).then(
    () => true,
    () => false,
  );
