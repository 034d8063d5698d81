import { fieldElement } from '../fields/element.ts';
import { difference, setOf } from '../fields/set.ts';
import type { Managers } from './managed.ts';

const ROOT = ['apiVersion', 'kind', 'metadata'];
const METADATA = [
  'clusterName',
  'creationTimestamp',
  'generation',
  'managedFields',
  'name',
  'namespace',
  'resourceVersion',
  'selfLink',
  'uid',
];

/** What nobody owns, since the server decides it or the request's address says it (apimachinery's `stripMeta`). */
const SERVERS = setOf(
  ...ROOT.map((name) => [fieldElement(name)]),
  ...METADATA.map((name) => [fieldElement('metadata'), fieldElement(name)]),
);

export function stripServerFields(managers: Managers): void {
  for (const managed of managers.values()) managed.set = difference(managed.set, SERVERS);
}
