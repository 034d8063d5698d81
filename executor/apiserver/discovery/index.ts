import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { negotiateAggregated } from '../http/negotiate.ts';
import { send } from '../http/respond.ts';
import type { Registry } from '../registry.ts';
import { noSuchPath } from '../status-error.ts';
import { aggregated } from './aggregated.ts';
import { discover, type Groups, type VirtualResource } from './groups.ts';
import { coreVersions, group, groupList, resourceList } from './legacy.ts';

/** Where stored resources are known. */
type Source = Pick<Registry, 'all' | 'generation'>;

/** Answers `/api`, `/apis` and what is below them down to a version: which groups, versions and resources there are. */
export class Discovery {
  readonly #registry: Source;
  readonly #virtual: readonly VirtualResource[];
  #groups: { generation: number; groups: Groups } | undefined;

  constructor(registry: Source, virtual: readonly VirtualResource[]) {
    this.#registry = registry;
    this.#virtual = virtual;
  }

  groups(): Groups {
    const { generation } = this.#registry;
    if (this.#groups?.generation !== generation) {
      this.#groups = { generation, groups: discover(this.#registry, this.#virtual) };
    }
    return this.#groups.groups;
  }

  /** @returns false when the path is none of discovery's */
  async serve(req: IncomingMessage, res: ServerResponse, path: string): Promise<boolean> {
    const parts = path.split('/').filter((part) => part !== '');
    const [root, ...rest] = parts;
    const limit = { api: 1, apis: 2 }[root ?? ''];
    if (limit === undefined || rest.length > limit) return false;
    const aggregate = rest.length === 0 ? negotiateAggregated(req) : undefined;
    if (aggregate) await sendAggregated(req, res, aggregated(this.groups(), root === 'api', aggregate), aggregate);
    else await send(req, res, { code: 200, body: JSON.stringify(this.#plain(root === 'api', rest, req)) });
    return true;
  }

  #plain(core: boolean, rest: string[], req: IncomingMessage): object {
    const groups = this.groups();
    if (rest.length === 0) return core ? coreVersions(req.headers.host ?? '') : groupList(groups);
    const [name = '', version] = core ? ['', ...rest] : rest;
    const versions = groups.get(name);
    if (!versions) throw noSuchPath();
    if (version === undefined) return group(groups, name);
    const found = versions.find((v) => v.version === version);
    if (!found) throw noSuchPath();
    return resourceList(name ? `${name}/${version}` : version, found.resources);
  }
}

/** With an entity tag, so that clients that cached it need not read it again. */
async function sendAggregated(
  req: IncomingMessage,
  res: ServerResponse,
  document: object,
  version: string,
): Promise<void> {
  const body = JSON.stringify(document);
  const etag = `"${createHash('sha256').update(body).digest('hex').toUpperCase()}"`;
  const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  if (req.headers['if-none-match'] === etag) {
    res.writeHead(304, { etag }).end();
    return;
  }
  await send(req, res, { code: 200, type, body, headers: { etag, vary: 'Accept' } });
}
