/** A parameter of an operation, in the fields that both OpenAPI versions share. */
export interface Parameter {
  name: string;
  in: 'path' | 'query';
  type: 'string' | 'boolean' | 'integer';
  description: string;
}

const query = (name: string, type: Parameter['type'], description: string): Parameter => ({
  name,
  in: 'query',
  type,
  description,
});

export const pretty = query('pretty', 'string', "If 'true', then the output is pretty printed.");

const dryRun = query('dryRun', 'string', 'When present, modifications are not persisted. Valid value: All.');
const fieldManager = query('fieldManager', 'string', 'Name of the actor or entity that makes these changes.');
const fieldValidation = query(
  'fieldValidation',
  'string',
  'What to do with unknown or duplicate fields: Ignore, Warn or Strict.',
);
const force = query('force', 'boolean', 'Take over fields that others manage. Only for apply patches.');

export const write = [dryRun, fieldManager, fieldValidation];
export const patch = [...write, force];

export const remove = [
  dryRun,
  query('gracePeriodSeconds', 'integer', 'Seconds before the object is deleted; 0 at once.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', 'What becomes of dependents: Orphan, Background or Foreground.'),
];

export const list = [
  query('allowWatchBookmarks', 'boolean', 'Ask for events of type BOOKMARK.'),
  query('continue', 'string', 'Token of the page before, to get the next.'),
  query('fieldSelector', 'string', 'Restrict the list by fields.'),
  query('labelSelector', 'string', 'Restrict the list by labels.'),
  query('limit', 'integer', 'Largest number of items in an answer.'),
  query('resourceVersion', 'string', 'Version that the answer is based on.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is applied: NotOlderThan or Exact.'),
  query('sendInitialEvents', 'boolean', 'Begin a watch with the state as events.'),
  query('timeoutSeconds', 'integer', 'Timeout of the call.'),
  query('watch', 'boolean', 'Watch for changes instead of listing.'),
];

const segments = {
  name: { name: 'name', in: 'path', type: 'string', description: 'Name of the object.' },
  namespace: { name: 'namespace', in: 'path', type: 'string', description: 'Namespace of the object.' },
} satisfies Record<string, Parameter>;

/** The parameters that a path's template names. */
export function pathParameters(path: string): Parameter[] {
  return Object.values(segments).filter(({ name }) => path.includes(`{${name}}`));
}
