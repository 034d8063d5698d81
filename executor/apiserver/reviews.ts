import type { IncomingMessage, ServerResponse } from 'node:http';
import type { User } from './call.ts';
import type { VirtualResource } from './discovery/groups.ts';
import { readDocument } from './http/body.ts';
import { send } from './http/respond.ts';
import { badRequest, methodNotAllowed } from './status-error.ts';
import { timestamp } from './time.ts';
import { isRecord } from './verbs/document.ts';

const review = (group: string, kind: string): VirtualResource => ({
  group,
  version: 'v1',
  kind,
  plural: `${kind.toLowerCase()}s`,
  singular: kind.toLowerCase(),
  namespaced: false,
  verbs: ['create'],
});

/** Whoever is let in may do everything, so that there is nothing to look up. */
const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
const everyPath = { verbs: ['*'], nonResourceURLs: ['*'] };

const statuses: Record<string, (user: User) => object> = {
  selfsubjectreviews: ({ name, groups }) => ({ userInfo: { username: name, groups } }),
  selfsubjectaccessreviews: () => ({ allowed: true, reason: 'this API has one user, who may do everything' }),
  selfsubjectrulesreviews: () => ({ resourceRules: [everything], nonResourceRules: [everyPath], incomplete: false }),
};

/** What `kubectl auth whoami` and `kubectl auth can-i` create: questions that are answered and not stored. */
export const reviewResources = [
  review('authentication.k8s.io', 'SelfSubjectReview'),
  review('authorization.k8s.io', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'SelfSubjectRulesReview'),
];

/** @returns false when the path is no review */
export async function serveReview(
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  user: User,
): Promise<boolean> {
  const [, group, plural = ''] = /^\/apis\/(authentication|authorization)\.k8s\.io\/v1\/([a-z]+)\/?$/.exec(path) ?? [];
  const resource = reviewResources.find((r) => r.plural === plural && r.group === `${group}.k8s.io`);
  if (!resource) return false;
  if (req.method !== 'POST') throw methodNotAllowed();
  const { value } = await readDocument(req);
  if (!isRecord(value)) throw badRequest(`the body is not a ${resource.kind}`);
  const head = { apiVersion: `${resource.group}/v1`, kind: resource.kind };
  const metadata = { creationTimestamp: timestamp(new Date()) };
  const body = { ...value, ...head, metadata, status: statuses[plural]?.(user) };
  await send(req, res, { code: 201, body: JSON.stringify(body) });
  return true;
}
