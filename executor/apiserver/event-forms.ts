import type { KubeObject } from './types.ts';

/** `[v1 name, events.k8s.io/v1 name]`. Source: k8s.io/kubernetes `pkg/apis/events/v1/conversion.go`. */
const names = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
] as const;

const renamed = (object: KubeObject, from: 0 | 1, to: 0 | 1): KubeObject => {
  const table = new Map<string, string>(names.map((pair) => [pair[from], pair[to]]));
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [table.get(key) ?? key, value])) as KubeObject;
};

/** An events.k8s.io/v1 Event as a v1 Event. A v1 Event stays as it is. */
export const toCoreEvent = (object: KubeObject): KubeObject =>
  object.apiVersion === 'events.k8s.io/v1' ? renamed(object, 1, 0) : object;

/** A v1 Event as an events.k8s.io/v1 Event. */
export const fromCoreEvent = (object: KubeObject): KubeObject =>
  object.apiVersion === 'v1' ? renamed(object, 0, 1) : object;
