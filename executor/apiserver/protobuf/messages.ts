/** How a field's bytes become JSON. `[]X` is a list of messages X; a capitalised name is a message. */
export interface Field {
  name: string;
  type: string;
  repeated: boolean;
}

const meta = '1:metadata:ObjectMeta';

/**
 * `number:name:type` of every field that a client may send of the kinds that Go programs send as protobuf (kubectl
 * does, in `create namespace`, for one). Source: the `generated.proto` files of k8s.io/api and apimachinery 1.32.
 */
const sources = {
  ObjectMeta:
    '1:name:string 2:generateName:string 3:namespace:string 4:selfLink:string 5:uid:string 6:resourceVersion:string ' +
    '7:generation:int 8:creationTimestamp:time 9:deletionTimestamp:time 10:deletionGracePeriodSeconds:int ' +
    '11:labels:strings 12:annotations:strings 13:ownerReferences:[]OwnerReference 14:finalizers:[]string ' +
    '17:managedFields:[]ManagedFieldsEntry',
  OwnerReference:
    '5:apiVersion:string 1:kind:string 3:name:string 4:uid:string 6:controller:bool 7:blockOwnerDeletion:bool',
  ManagedFieldsEntry:
    '1:manager:string 2:operation:string 3:apiVersion:string 4:time:time 6:fieldsType:string 7:fieldsV1:json 8:subresource:string',
  ObjectReference:
    '1:kind:string 2:namespace:string 3:name:string 4:uid:string 5:apiVersion:string 6:resourceVersion:string 7:fieldPath:string',
  LocalObjectReference: '1:name:string',
  Namespace: `${meta} 2:spec:NamespaceSpec 3:status:NamespaceStatus`,
  NamespaceSpec: '1:finalizers:[]string',
  NamespaceStatus: '1:phase:string 2:conditions:[]NamespaceCondition',
  NamespaceCondition: '1:type:string 2:status:string 4:lastTransitionTime:time 5:reason:string 6:message:string',
  ConfigMap: `${meta} 2:data:strings 3:binaryData:blobs 4:immutable:bool`,
  Secret: `${meta} 2:data:blobs 3:type:string 4:stringData:strings 5:immutable:bool`,
  ServiceAccount: `${meta} 2:secrets:[]ObjectReference 3:imagePullSecrets:[]LocalObjectReference 4:automountServiceAccountToken:bool`,
  Event:
    `${meta} 2:involvedObject:ObjectReference 3:reason:string 4:message:string 5:source:EventSource 6:firstTimestamp:time ` +
    '7:lastTimestamp:time 8:count:int 9:type:string 10:eventTime:microtime 11:series:EventSeries 12:action:string ' +
    '13:related:ObjectReference 14:reportingComponent:string 15:reportingInstance:string',
  EventSource: '1:component:string 2:host:string',
  EventSeries: '1:count:int 2:lastObservedTime:microtime',
  'events.k8s.io/Event':
    `${meta} 2:eventTime:microtime 3:series:EventSeries 4:reportingController:string 5:reportingInstance:string ` +
    '6:action:string 7:reason:string 8:regarding:ObjectReference 9:related:ObjectReference 10:note:string 11:type:string ' +
    '12:deprecatedSource:EventSource 13:deprecatedFirstTimestamp:time 14:deprecatedLastTimestamp:time 15:deprecatedCount:int',
  Lease: `${meta} 2:spec:LeaseSpec`,
  LeaseSpec:
    '1:holderIdentity:string 2:leaseDurationSeconds:int 3:acquireTime:microtime 4:renewTime:microtime ' +
    '5:leaseTransitions:int 6:strategy:string 7:preferredHolder:string',
  DeleteOptions:
    '1:gracePeriodSeconds:int 2:preconditions:Preconditions 3:orphanDependents:bool 4:propagationPolicy:string ' +
    '5:dryRun:[]string 6:ignoreStoreReadErrorWithClusterBreakingPotential:bool',
  Preconditions: '1:uid:string 2:resourceVersion:string',
  SelfSubjectReview: `${meta} 2:status:ignored`,
  SelfSubjectAccessReview: `${meta} 2:spec:SelfSubjectAccessReviewSpec 3:status:ignored`,
  SelfSubjectAccessReviewSpec: '1:resourceAttributes:ResourceAttributes 2:nonResourceAttributes:NonResourceAttributes',
  ResourceAttributes:
    '1:namespace:string 2:verb:string 3:group:string 4:version:string 5:resource:string 6:subresource:string 7:name:string',
  NonResourceAttributes: '1:path:string 2:verb:string',
  SelfSubjectRulesReview: `${meta} 2:spec:SelfSubjectRulesReviewSpec 3:status:ignored`,
  SelfSubjectRulesReviewSpec: '1:namespace:string',
} satisfies Record<string, string>;

const parsed = new Map<string, Map<number, Field>>();

/** The fields of a message by number, or undefined for a message that we do not know. */
export function fieldsOf(message: string): Map<number, Field> | undefined {
  if (!Object.hasOwn(sources, message)) return undefined;
  let fields = parsed.get(message);
  if (!fields) {
    fields = new Map(sources[message as keyof typeof sources].split(' ').map(parseField));
    parsed.set(message, fields);
  }
  return fields;
}

function parseField(source: string): [number, Field] {
  const [number = '', name = '', type = ''] = source.split(':');
  return [Number(number), { name, type: type.replace('[]', ''), repeated: type.startsWith('[]') }];
}
