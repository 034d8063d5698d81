import type { IncomingMessage } from 'node:http';
import { protobufType } from '../protobuf/decode.ts';
import { notAcceptable, unsupportedMediaType } from '../status-error.ts';

/** What form the client wants an object in. */
export interface View {
  as: 'Object' | 'Table' | 'PartialObjectMetadata';
  yaml: boolean;
}

interface MediaType {
  type: string;
  parameters: Record<string, string>;
}

/** The clauses of an Accept header, most wanted first. */
export function parseAccept(header: string | undefined): MediaType[] {
  const clauses = (header ?? '')
    .split(',')
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '');
  const parsed = clauses.map((clause) => {
    const [type = '', ...rest] = clause.split(';').map((part) => part.trim());
    const pairs = rest.map((part) => part.split('=')).map(([key = '', value = '']) => [key, value]);
    return { type: type.toLowerCase(), parameters: Object.fromEntries(pairs) as Record<string, string> };
  });
  return parsed.sort((a, b) => Number(b.parameters['q'] ?? 1) - Number(a.parameters['q'] ?? 1));
}

const jsonTypes = new Set(['application/json', 'application/*', '*/*']);
const yamlTypes = new Set(['application/yaml']);
const served = ['application/json', 'application/yaml'];

/** Picks the first form that we can give. @throws StatusError 406 */
export function negotiateView(req: IncomingMessage): View {
  const accept = parseAccept(req.headers.accept);
  if (accept.length === 0) return { as: 'Object', yaml: false };
  for (const { type, parameters } of accept) {
    const yaml = yamlTypes.has(type);
    if (!yaml && !jsonTypes.has(type)) continue;
    const as = transformation(parameters);
    if (as) return { as, yaml };
  }
  throw notAcceptable(served);
}

function transformation({ as, g, v }: Record<string, string>): View['as'] | undefined {
  if (as === undefined) return 'Object';
  if (g !== 'meta.k8s.io' || v !== 'v1') return undefined;
  if (as === 'Table') return 'Table';
  return as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList' ? 'PartialObjectMetadata' : undefined;
}

/** Whether the client takes aggregated discovery, and in which version. */
export function negotiateAggregated(req: IncomingMessage): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of parseAccept(req.headers.accept)) {
    if (!jsonTypes.has(type)) continue;
    const { as, g, v } = parameters;
    if (as === undefined) return undefined;
    if (as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && (v === 'v2' || v === 'v2beta1')) return v;
  }
  return undefined;
}

/** The media type of a body without its parameters. `undefined` means that none was given: JSON, as curl users expect. */
export function contentType(req: IncomingMessage, accepted: readonly string[]): string {
  const type = req.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (!type) return accepted[0] ?? '';
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  return type;
}

/** What an object may be sent as. */
export const objectTypes = [...served, protobufType] as const;
