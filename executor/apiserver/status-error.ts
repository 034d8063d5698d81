import type { FieldError } from './types.ts';

/** What names a resource in an error message: its group (`''` is core) and its plural. */
export interface GroupResource {
  group: string;
  plural: string;
}

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** meta/v1 Status, the body of every answer that is not an object. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

/** An error that the client sees as this Status. Wording follows k8s.io/apimachinery `api/errors`. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  body(): Status {
    const { code, reason, message, details } = this;
    const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message };
    if (reason) status.reason = reason;
    if (details) status.details = details;
    return { ...status, code };
  }
}

/** `virtualmachines.vmctl.dev`; core resources have no suffix. */
export const groupResource = ({ group, plural }: GroupResource): string => (group ? `${plural}.${group}` : plural);

const detailsOf = (r: GroupResource, name: string): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(r.group ? { group: r.group } : {}),
  kind: r.plural,
});

export const notFound = (r: GroupResource, name: string): StatusError =>
  new StatusError(404, 'NotFound', `${groupResource(r)} "${name}" not found`, detailsOf(r, name));

/** @param leaving the one that exists is being deleted, so that trying again later helps */
export const alreadyExists = (r: GroupResource, name: string, leaving = false): StatusError => {
  const message = `${groupResource(r)} "${name}" already exists`;
  const why = leaving ? `object is being deleted: ${message}` : message;
  return new StatusError(409, 'AlreadyExists', why, detailsOf(r, name));
};

export const conflict = (r: GroupResource, name: string, why = staleMessage, causes?: StatusCause[]): StatusError =>
  new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${groupResource(r)} "${name}": ${why}`, {
    ...detailsOf(r, name),
    ...(causes ? { causes } : {}),
  });

const staleMessage = 'the object has been modified; please apply your changes to the latest version and try again';

export const forbidden = (r: GroupResource, name: string, why: string, causes?: StatusCause[]): StatusError =>
  new StatusError(403, 'Forbidden', `${groupResource(r)} "${name}" is forbidden: ${why}`, {
    ...detailsOf(r, name),
    ...(causes ? { causes } : {}),
  });

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message);

export const otherName = (name: string, wanted: string): StatusError =>
  badRequest(`the name of the object (${name}) does not match the name on the URL (${wanted})`);

export const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized');

/** An unknown path. */
export const noSuchPath = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});

/** @param verb as in discovery: `create` */
export function methodNotAllowed(r?: GroupResource, verb = ''): StatusError {
  const message = r
    ? `${verb} is not supported on resources of kind "${groupResource(r)}"`
    : 'the server does not allow this method on the requested resource';
  return new StatusError(405, 'MethodNotAllowed', message, r ? detailsOf(r, '') : {});
}

export const unsupportedMediaType = (accepted: readonly string[]): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

export const notAcceptable = (accepted: readonly string[]): StatusError =>
  new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);

export const tooLarge = (limit: number): StatusError =>
  new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);

export const expired = (message: string): StatusError => new StatusError(410, 'Expired', message);

/** 422 with a cause for each field, worded `Kind.group "name" is invalid: [a, b]`. */
export function invalid(kind: { group: string; kind: string }, name: string, errors: FieldError[]): StatusError {
  const sentences = errors.map((e) => `${e.field}: ${e.message}`);
  const list = sentences.length === 1 ? sentences[0] : `[${sentences.join(', ')}]`;
  const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  const causes = errors.map(({ reason, message, field }) => ({ reason, message, field }));
  return new StatusError(422, 'Invalid', `${qualified} "${name}" is invalid: ${list}`, {
    ...(name ? { name } : {}),
    ...(kind.group ? { group: kind.group } : {}),
    ...(kind.kind ? { kind: kind.kind } : {}),
    causes,
  });
}

/** The answer to a deletion that is done. */
export const deleted = (r: GroupResource, name: string, uid: string): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: { ...detailsOf(r, name), uid },
});
