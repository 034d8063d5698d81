import type { ApiClient } from '../../schemas/client/client.ts';
import type { User } from '../apiserver/call.ts';
import type { RequestInfo } from '../apiserver/http/request-info.ts';
import { forbidden, methodNotAllowed } from '../apiserver/status-error.ts';

/** How long an answer counts: a right that was taken away ends so late, one that was given comes so soon. */
const KNOWN_MS = { allowed: 10_000, refused: 1_000 } as const;
const MOST_KNOWN = 1000;

/** The verb of each method, as the API server has it for an object with a name. Source: `RequestInfoFactory`. */
const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

interface Answer {
  readonly allowed: boolean;
  readonly reason: string;
  readonly until: number;
}

interface Review {
  readonly status?: { readonly allowed?: boolean; readonly denied?: boolean; readonly reason?: string };
}

/** What authorization/v1 asks about: the verb on `virtualmachines/console` of one name. @throws StatusError 405 */
export function reviewOf(user: User, method: string, info: RequestInfo): object {
  const verb = VERBS[method];
  if (verb === undefined) throw methodNotAllowed();
  const { group, version, namespace, plural, name, subresource } = info;
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: user.name,
      groups: user.groups,
      ...(user.extra && { extra: user.extra }),
      resourceAttributes: { verb, group, version, namespace, resource: plural, subresource, name },
    },
  };
}

/** Asks the cluster whether a user may do what a request wants; answers are remembered for a moment. */
export class Authorizer {
  readonly #client: ApiClient;
  /** The oldest first. */
  readonly #known = new Map<string, Answer>();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** @throws StatusError 403, worded as the API server does */
  async require(user: User, method: string, info: RequestInfo): Promise<void> {
    const review = reviewOf(user, method, info);
    const { allowed, reason } = await this.#ask(review);
    if (allowed) return;
    const { group, plural, subresource, name, namespace } = info;
    const what = `"${plural}/${subresource}" in API group "${group}" in the namespace "${namespace}"`;
    const why = `User "${user.name}" cannot ${VERBS[method]} resource ${what}${reason ? `: ${reason}` : ''}`;
    throw forbidden({ group, plural }, name, why);
  }

  async #ask(review: object): Promise<Answer> {
    const key = JSON.stringify(review);
    const known = this.#known.get(key);
    if (known && known.until > performance.now()) return known;
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const { status } = await this.#client.call<Review>('POST', path, review);
    const allowed = status?.allowed === true && status.denied !== true;
    const until = performance.now() + (allowed ? KNOWN_MS.allowed : KNOWN_MS.refused);
    const answer = { allowed, reason: status?.reason ?? '', until };
    this.#known.delete(key);
    this.#known.set(key, answer);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return answer;
  }
}
