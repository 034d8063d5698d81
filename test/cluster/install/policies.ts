import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Call, send } from '../answer.ts';
import { applyCrd, type Crd, established } from '../crds.ts';
import type { Cluster, ServerAccess } from '../servers.ts';

const FILE = join(import.meta.dirname, '../../../yamls/admission.yaml');
const RBAC = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';

/** Kubernetes' own kinds under another name: the server that evaluates policies does not serve those. */
export const STAND_INS = 'stand-in.example.com';
const KINDS = {
  nodes: ['Node', 'Cluster'],
  leases: ['Lease', 'Namespaced'],
  pods: ['Pod', 'Namespaced'],
  secrets: ['Secret', 'Namespaced'],
} as const;

interface Rule {
  apiGroups: string[];
}

interface Policy {
  readonly kind: string;
  readonly metadata: { name: string };
  readonly spec: { policyName?: string; matchConstraints?: { resourceRules: Rule[] } };
}

async function make(server: ServerAccess, call: Call): Promise<void> {
  const { status, body } = await send(server, { method: 'POST', ...call });
  if (status !== 201) throw new Error(`${call.path}: ${status} ${JSON.stringify(body)}`);
}

function standIn(plural: keyof typeof KINDS): Crd {
  const [kind, scope] = KINDS[plural];
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${STAND_INS}` },
    spec: {
      ...{ group: STAND_INS, scope, names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` } },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

/** The policies about Kubernetes' own kinds once more, for the stand-ins, and the right to write those. */
export async function standInPolicies({ core, crds }: Cluster): Promise<void> {
  for (const plural of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
    const crd = standIn(plural);
    await applyCrd(crds, crd);
    await established(crds, crd.metadata.name, 'v1');
  }
  const policies = parseAllDocuments(readFileSync(FILE, 'utf8')).map((document) => document.toJS() as Policy);
  for (const policy of policies) {
    const { kind, metadata, spec } = policy;
    const rules = spec.matchConstraints?.resourceRules.map((rule) => ({ ...rule, apiGroups: [STAND_INS] }));
    const copy = {
      ...policy,
      metadata: { name: `${metadata.name}-again` },
      spec: {
        ...spec,
        ...(rules ? { matchConstraints: { resourceRules: rules } } : { policyName: `${spec.policyName}-again` }),
      },
    };
    if (!['vmctl-node-itself', 'vmctl-node-secrets', 'vmctl-reservations'].includes(metadata.name)) continue;
    const plural =
      kind === 'ValidatingAdmissionPolicy' ? 'validatingadmissionpolicies' : 'validatingadmissionpolicybindings';
    await make(crds, { path: `/apis/admissionregistration.k8s.io/v1/${plural}`, body: copy });
  }
  const rules = [{ apiGroups: [STAND_INS], resources: ['*'], verbs: ['*'] }];
  const metadata = { name: 'stand-ins' };
  await make(core, { path: RBAC.replace('bindings', 's'), body: { metadata, rules } });
  const group = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'vmctl:nodes' };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'stand-ins' };
  await make(core, { path: RBAC, body: { metadata, roleRef, subjects: [group] } });
}

/** Trusts the executor of one node alone with placing machines, as rbac-node.yaml says. */
export async function trustOnly({ core }: Cluster, node: string): Promise<void> {
  const path = `${RBAC.replace('bindings', 's')}/vmctl:controller`;
  const { body } = await send(core, { path });
  const rules = (body as { rules: { verbs: string[] }[] }).rules.map((rule) =>
    rule.verbs.includes('place') ? { ...rule, resourceNames: [node] } : rule,
  );
  const { status } = await send(core, { method: 'PATCH', path, type: 'application/merge-patch+json', body: { rules } });
  if (status !== 200) throw new Error(`${path}: ${status}`);
}
