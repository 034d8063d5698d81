import { applyPatch, type Operation } from 'rfc6902';
import { mergePatch, strategicMerge } from '../apply/index.ts';
import type { Call, Reply } from '../call.ts';
import { decode } from '../codec.ts';
import { type Document, readDocument } from '../http/body.ts';
import { contentType } from '../http/negotiate.ts';
import { badRequest, invalid, StatusError } from '../status-error.ts';
import type { FieldError, KubeObject } from '../types.ts';
import { applyObject } from './apply.ts';
import { isRecord, requireKind } from './document.ts';
import { requireRow } from './get.ts';
import { fieldValidation, strictErrors } from './options.ts';
import { updateObject } from './update.ts';

const applyType = 'application/apply-patch+yaml';

type Patcher = (live: KubeObject, patch: unknown, call: Call) => unknown;

const patchers: Record<string, Patcher> = {
  'application/json-patch+json': jsonPatch,
  'application/merge-patch+json': (live, patch) => mergePatch(live, requireObject(patch)),
  'application/strategic-merge-patch+json': (live, patch, { served }) =>
    strategicMerge(live, requireObject(patch), served.schema),
};

/** Strategic merge needs types that only the built-in kinds have. */
const typesFor = (builtin: boolean): string[] => [
  ...Object.keys(patchers).filter((type) => builtin || !type.includes('strategic')),
  applyType,
];

export async function patchVerb(call: Call): Promise<Reply> {
  const accepted = typesFor(call.served.builtin);
  const type = contentType(call.req, accepted);
  const document = await readDocument(call.req, accepted);
  if (type === applyType) return applyObject(call, document);
  if (call.query.has('force')) throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [forceForbidden]);
  const patcher = patchers[type] ?? jsonPatch;
  const row = requireRow(call);
  // Decoded anew, since a patcher may change what it is given.
  const patched = requireKind(call, patcher(decode(call.served, row), document.value, call));
  reportPatchErrors(call, document, call.served.compiled.prune(patched));
  return updateObject(call, row, patched);
}

const forceForbidden: FieldError = {
  reason: 'FieldValueForbidden',
  field: 'force',
  message: 'Forbidden: may not be specified for non-apply patch',
};

function requireObject(patch: unknown): Record<string, unknown> {
  if (!isRecord(patch))
    throw badRequest('the patch is not a JSON object; a list of operations is application/json-patch+json');
  return patch;
}

function jsonPatch(live: KubeObject, patch: unknown): unknown {
  if (!Array.isArray(patch) || !patch.every(isRecord)) throw badRequest('the JSON patch is not a list of operations');
  if (patch.length > operationLimit) {
    const why = `The allowed maximum operations in a JSON patch is ${operationLimit}, got ${patch.length}`;
    throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${why}`);
  }
  for (const operation of patch) requireOperation(operation);
  if (attempt(live, patch as unknown as Operation[])) return live;
  throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

/** As kube-apiserver: a small patch can cost much. */
const operationLimit = 10_000;
const operationNames = new Set<unknown>(['add', 'remove', 'replace', 'move', 'copy', 'test']);

function requireOperation(operation: Record<string, unknown>): void {
  if (operationNames.has(operation['op'])) return;
  throw badRequest(`invalid operation ${JSON.stringify(operation)}: unsupported operation`);
}

/** Whether every operation could be done. @throws StatusError 400 for what is no operation */
function attempt(live: KubeObject, operations: Operation[]): boolean {
  try {
    return applyPatch(live, operations).every((error) => error === null);
  } catch (error) {
    throw badRequest(`the JSON patch is not valid: ${error instanceof Error ? error.message : error}`);
  }
}

/** Source: k8s.io/apiserver `endpoints/handlers/patch.go`. */
function reportPatchErrors(call: Call, { text, duplicates }: Document, unknown: readonly string[]): void {
  const errors = strictErrors(duplicates, unknown);
  const mode = fieldValidation(call);
  if (errors.length === 0 || mode === 'Ignore') return;
  if (mode === 'Warn') {
    call.warnings.push(...errors);
    return;
  }
  const message = `Invalid value: ${JSON.stringify(text)}: strict decoding error: ${errors.join(', ')}`;
  throw invalid({ group: '', kind: '' }, '', [{ reason: 'FieldValueInvalid', field: 'patch', message }]);
}
