import type { FieldError, KubeObject, ObjectMeta } from '../types.ts';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const isSubdomain = new RegExp(`^${subdomain}$`);
const isLabel = new RegExp(`^${label}$`);
const isQualified = new RegExp(`^${qualified}$`);
const isLabelValue = new RegExp(`^(${qualified})?$`);

const sentences = {
  subdomain: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`,
  label: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
  qualified: `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualified}')`,
  labelValue: `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${qualified})?')`,
};

const invalidValue = (field: string, value: unknown, why: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
});

const totalAnnotationLimit = 256 * 1024;

/** Source: k8s.io/apimachinery `ValidateObjectMeta`. @param plain a name without dots, as namespaces have */
export function validateMetadata({ metadata }: KubeObject, plain = false): FieldError[] {
  const { generateName } = metadata;
  return [
    // Five characters follow the prefix, so that it may itself end with a dash.
    ...(generateName ? formErrors('metadata.generateName', generateName, generateName.replace(/-$/, 'a'), plain) : []),
    ...nameErrors(metadata, plain),
    ...Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => labelErrors(key, value)),
    ...annotationErrors(metadata.annotations ?? {}),
    ...finalizerErrors(metadata.finalizers ?? []),
    ...ownerErrors(metadata),
  ];
}

function nameErrors({ name }: ObjectMeta, plain: boolean): FieldError[] {
  const field = 'metadata.name';
  if (!name) {
    return [{ reason: 'FieldValueRequired', field, message: 'Required value: name or generateName is required' }];
  }
  return formErrors(field, name, name, plain);
}

/** @param judged what `value` stands for */
function formErrors(field: string, value: string, judged: string, plain: boolean): FieldError[] {
  const limit = plain ? 63 : 253;
  const errors = judged.length > limit ? [invalidValue(field, value, `must be no more than ${limit} characters`)] : [];
  const pattern = plain ? isLabel : isSubdomain;
  if (!pattern.test(judged)) errors.push(invalidValue(field, value, plain ? sentences.label : sentences.subdomain));
  return errors;
}

function labelErrors(key: string, value: string): FieldError[] {
  const field = 'metadata.labels';
  const errors = qualifiedNameErrors(field, key);
  if (value.length > 63) errors.push(invalidValue(field, value, 'must be no more than 63 bytes'));
  if (!isLabelValue.test(value)) errors.push(invalidValue(field, value, sentences.labelValue));
  return errors;
}

function qualifiedNameErrors(field: string, key: string): FieldError[] {
  const [prefix, name, ...more] = key.includes('/') ? key.split('/') : [undefined, key];
  if (more.length > 0)
    return [
      invalidValue(
        field,
        key,
        `a valid label key ${sentences.qualified.slice('name part '.length)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ),
    ];
  const errors: FieldError[] = [];
  if (prefix === '') errors.push(invalidValue(field, key, 'prefix part must be non-empty'));
  else if (prefix !== undefined && !isSubdomain.test(prefix))
    errors.push(invalidValue(field, key, `prefix part ${sentences.subdomain}`));
  if (!name) errors.push(invalidValue(field, key, 'name part must be non-empty'));
  else if (name.length > 63) errors.push(invalidValue(field, key, 'name part must be no more than 63 bytes'));
  if (!isQualified.test(name ?? '')) errors.push(invalidValue(field, key, sentences.qualified));
  return errors;
}

function annotationErrors(annotations: Record<string, string>): FieldError[] {
  const field = 'metadata.annotations';
  const errors = Object.keys(annotations).flatMap((key) => qualifiedNameErrors(field, key.toLowerCase()));
  const size = Object.entries(annotations).reduce(
    (sum, [k, v]) => sum + Buffer.byteLength(k) + Buffer.byteLength(v),
    0,
  );
  if (size <= totalAnnotationLimit) return errors;
  const message = `Too long: may not be more than ${totalAnnotationLimit} bytes`;
  return [...errors, { reason: 'FieldValueTooLong', field, message }];
}

function finalizerErrors(finalizers: string[]): FieldError[] {
  const errors = finalizers.flatMap((name) => qualifiedNameErrors('metadata.finalizers', name));
  if (!finalizers.includes('orphan') || !finalizers.includes('foregroundDeletion')) return errors;
  return [
    ...errors,
    invalidValue('metadata.finalizers', finalizers, 'finalizers orphan and foregroundDeletion cannot be both set'),
  ];
}

/** What of the finalizers is allowed and unwise. Source: apiextensions-apiserver `validateKubeFinalizerName`. */
export function finalizerWarnings(next: KubeObject, live?: KubeObject): string[] {
  const before = new Set(live?.metadata.finalizers ?? []);
  const added = (next.metadata.finalizers ?? []).filter((name) => !before.has(name) && !standardFinalizers.has(name));
  const advice = 'to avoid accidental conflicts with other finalizer writers';
  return added.sort().flatMap((name) => {
    if (name.includes('/')) return [];
    const wanted = name.includes('.') ? 'finalizer name including a path (/)' : 'finalizer name';
    return [`metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified ${wanted} ${advice}`];
  });
}

const standardFinalizers = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

function ownerErrors({ ownerReferences = [] }: ObjectMeta): FieldError[] {
  const required = ['apiVersion', 'kind', 'name', 'uid'] as const;
  const errors = ownerReferences.flatMap((owner) => [
    ...required
      .filter((key) => !owner[key])
      .map((key) =>
        invalidValue(
          `metadata.ownerReferences.${key}`,
          owner[key] ?? '',
          key === 'apiVersion' ? 'version must not be empty' : 'must not be empty',
        ),
      ),
    ...(owner.apiVersion === 'v1' && owner.kind === 'Event'
      ? [invalidValue('metadata.ownerReferences', owner, '/v1, Kind=Event is disallowed from being an owner')]
      : []),
  ]);
  const controllers = ownerReferences.filter((owner) => owner.controller === true);
  if (controllers.length < 2) return errors;
  const names = controllers.slice(0, 2).map((owner) => `${owner.kind}/${owner.name}`);
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${names.join(' and ')}`;
  return [...errors, invalidValue('metadata.ownerReferences', ownerReferences, why)];
}

/** What of the metadata an update may not change. Source: `ValidateObjectMetaUpdate`. */
export function validateMetadataUpdate(next: KubeObject, live: KubeObject): FieldError[] {
  if (!live.metadata.deletionTimestamp) return [];
  const before = new Set(live.metadata.finalizers ?? []);
  const added = (next.metadata.finalizers ?? []).filter((name) => !before.has(name)).sort();
  if (added.length === 0) return [];
  const list = `[]string{${added.map((name) => JSON.stringify(name)).join(', ')}}`;
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  return [{ reason: 'FieldValueForbidden', field: 'metadata.finalizers', message: `Forbidden: ${why}` }];
}
