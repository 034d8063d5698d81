import { join } from 'node:path';
import type { Plan } from './servers.ts';

/** The name that the API server calls other servers by. */
export const FRONT_PROXY = 'front-proxy-client';

const etcdUrl = (plan: Plan): string => `http://127.0.0.1:${plan.ports.etcd}`;

const tls = ({ pki }: Plan): string[] => [
  `--tls-cert-file=${join(pki, 'server.crt')}`,
  `--tls-private-key-file=${join(pki, 'server.key')}`,
  `--client-ca-file=${join(pki, 'ca.crt')}`,
];

export const etcd = (plan: Plan): string[] => {
  const peer = `http://127.0.0.1:${plan.ports.peer}`;
  return [
    `--data-dir=${join(plan.dir, 'etcd')}`,
    `--listen-client-urls=${etcdUrl(plan)}`,
    `--advertise-client-urls=${etcdUrl(plan)}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ];
};

/** Other servers behind this one are reached at their endpoints: nothing here makes addresses of services lead anywhere. */
const aggregation = ({ pki }: Plan): string[] => [
  `--requestheader-client-ca-file=${join(pki, 'front-proxy-ca.crt')}`,
  `--requestheader-allowed-names=${FRONT_PROXY}`,
  '--requestheader-username-headers=X-Remote-User',
  '--requestheader-group-headers=X-Remote-Group',
  '--requestheader-extra-headers-prefix=X-Remote-Extra-',
  `--proxy-client-cert-file=${join(pki, 'front-proxy-client.crt')}`,
  `--proxy-client-key-file=${join(pki, 'front-proxy-client.key')}`,
  '--enable-aggregator-routing=true',
];

/** The address of the Service `kubernetes`, where pods look for the API server: the first of the services' range. */
export const SERVICE_ADDRESS = '10.250.0.1';

/** No node runs the pods of most tests, so nothing needs a token mounted. */
const WITHOUT_KUBELETS = ['--authorization-mode=RBAC', '--disable-admission-plugins=ServiceAccount'];

/** As clusters have it: a kubelet may touch what is on its node only, and pods have accounts. */
const withKubelets = ({ pki }: Plan): string[] => [
  '--authorization-mode=Node,RBAC',
  '--enable-admission-plugins=NodeRestriction',
  '--kubelet-preferred-address-types=InternalIP',
  `--kubelet-client-certificate=${join(pki, 'client.crt')}`,
  `--kubelet-client-key=${join(pki, 'client.key')}`,
];

export const kubeApiserver = (plan: Plan, kubelets = false): string[] => [
  ...tls(plan),
  `--etcd-servers=${etcdUrl(plan)}`,
  '--bind-address=127.0.0.1',
  `--secure-port=${plan.ports.core}`,
  `--cert-dir=${join(plan.dir, 'apiserver')}`,
  '--allow-privileged=true',
  '--service-cluster-ip-range=10.250.0.0/24',
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-key-file=${join(plan.pki, 'accounts.key')}`,
  `--service-account-signing-key-file=${join(plan.pki, 'accounts.key')}`,
  ...(kubelets ? withKubelets(plan) : WITHOUT_KUBELETS),
  '--endpoint-reconciler-type=none',
  ...aggregation(plan),
];

export const controllerManager = (plan: Plan, kubeconfig: string): string[] => [
  `--kubeconfig=${kubeconfig}`,
  '--bind-address=127.0.0.1',
  '--secure-port=0',
  '--port=0',
  '--leader-elect=false',
  `--service-account-private-key-file=${join(plan.pki, 'accounts.key')}`,
  `--root-ca-file=${join(plan.pki, 'ca.crt')}`,
  '--controllers=*,-nodeipam,-route,-service,-cloud-node-lifecycle',
];

export const scheduler = (kubeconfig: string, unlimited: boolean): string[] => [
  ...(unlimited ? ['--kube-api-qps=5000', '--kube-api-burst=5000'] : []),
  `--kubeconfig=${kubeconfig}`,
  '--bind-address=127.0.0.1',
  '--secure-port=0',
  '--port=0',
  '--leader-elect=false',
];

const WEBHOOKS = ['MutatingAdmissionWebhook', 'ValidatingAdmissionWebhook'];
const POLICIES = ['ValidatingAdmissionPolicy', 'MutatingAdmissionPolicy'];

/**
 * The CRD server keeps its objects apart in the same etcd; authentication is by client certificate alone.
 * @param policies kubeconfig of a server that has ValidatingAdmissionPolicies, where they are to be obeyed
 */
export const crdServer = (plan: Plan, kubeconfig: string, policies?: string): string[] => [
  ...tls(plan),
  `--etcd-servers=${etcdUrl(plan)}`,
  '--etcd-prefix=/crd-server',
  '--bind-address=127.0.0.1',
  `--secure-port=${plan.ports.crds}`,
  `--cert-dir=${join(plan.dir, 'crd-server')}`,
  `--kubeconfig=${policies ?? kubeconfig}`,
  `--authentication-kubeconfig=${kubeconfig}`,
  `--authorization-kubeconfig=${kubeconfig}`,
  '--authentication-skip-lookup',
  '--enable-priority-and-fairness=false',
  `--disable-admission-plugins=${[...WEBHOOKS, ...(policies ? POLICIES.slice(1) : POLICIES)].join(',')}`,
];
