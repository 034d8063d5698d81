import type { JsonSchema, Resource } from '../../types.ts';
import { builtin, int32, kindSchema, microTime, object, objectReference, string, time } from './kit.ts';

const source = (description: string): JsonSchema =>
  object(description, {
    component: string('Component from which the event comes.'),
    host: string('Node on which the event comes about.'),
  });

const series = object('Data of the series that this event represents, where it is one.', {
  count: int32('How often it occurred so far.'),
  lastObservedTime: microTime('When it was last observed.'),
});

const common = {
  action: string('What was done or failed, in regard to the object.'),
  eventTime: { ...microTime('When the event was first observed.'), nullable: true },
  reason: string('Short CamelCase reason of the transition.'),
  related: objectReference('Secondary object, for more complex actions.'),
  series,
  type: string('Normal or Warning; new types may come.'),
};

const coreSchema = kindSchema(
  'Event is a report of something that happened.',
  {
    ...common,
    count: int32('How often this event has occurred.'),
    firstTimestamp: { ...time('When the event was first recorded.'), nullable: true },
    involvedObject: objectReference('The object that this event is about.'),
    lastTimestamp: { ...time('When the event was last recorded.'), nullable: true },
    message: string('What happened, in words for people.'),
    reportingComponent: string('Name of the controller that emitted the event.', { default: '' }),
    reportingInstance: string('ID of the controller instance.', { default: '' }),
    source: source('The component that reports the event.'),
  },
  ['metadata', 'involvedObject'],
);

const eventsSchema = kindSchema('Event is a report of something that happened.', {
  ...common,
  deprecatedCount: int32('For compatibility with events of v1.'),
  deprecatedFirstTimestamp: { ...time('For compatibility with events of v1.'), nullable: true },
  deprecatedLastTimestamp: { ...time('For compatibility with events of v1.'), nullable: true },
  deprecatedSource: source('For compatibility with events of v1.'),
  note: string('What happened, in words for people.'),
  regarding: objectReference('The object that this event is about.'),
  reportingController: string('Name of the controller that emitted the event.'),
  reportingInstance: string('ID of the controller instance.'),
});

const reference = (field: string, parts: string[]): string[] => parts.map((part) => `.${field}.${part}`);
const PARTS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

export const eventResources: Resource[] = [
  builtin({
    group: '',
    version: 'v1',
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    selectableFields: [...reference('involvedObject', PARTS), '.reason', '.reportingComponent', '.source', '.type'],
    schema: coreSchema,
  }),
  builtin({
    group: 'events.k8s.io',
    version: 'v1',
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    selectableFields: [...reference('regarding', PARTS), '.reason', '.reportingController', '.type'],
    schema: eventsSchema,
  }),
];
