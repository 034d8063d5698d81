import type { Difference } from './compare.ts';

/** A difference that stays, and why. */
export interface Known {
  /** `area: scenario: step` */
  readonly step: RegExp;
  readonly path: RegExp;
  readonly reason: string;
}

/** Custom resources: the embedded API beside the CRD server of 1.36. */
export const crdDifferences: readonly Known[] = [
  {
    step: /no object: (empty|not JSON|a list|a number|null|bad yaml)$|(merge|JSON) patch: (list|text|an object|not JSON)$|apply.*: (not YAML|a list)$|options.*: (not JSON|text)$/,
    path: /^body\/message$/,
    reason: 'What does not parse is explained in the words of our parsers, which are not those of Go.',
  },
  {
    step: /label[sS]elector=|bad selector$/,
    path: /^body\/(0\/)?message$/,
    reason: 'A selector that does not parse is quoted; kubectl parses them before it asks.',
  },
  {
    step: /yaml, (Strict|Warn)$/,
    path: /^(body\/message|warnings\/0)$/,
    reason: 'A key given twice in YAML is named by its path, as in JSON, not by its line.',
  },
  {
    step: /strictness of patches: (merge|json) Strict$/,
    path: /^body\/details\/causes\/0\/message$/,
    reason: 'The refusal of a patch quotes the patch, not the whole object that it would have made.',
  },
  {
    step: /strictness of patches: json Warn$/,
    path: /^warnings\//,
    reason: 'Members that the operations of a JSON patch do not have are ignored, as RFC 6902 wants it.',
  },
  {
    step: /apply (Ignore|Warn|Strict)$|(twice in a list|no key in a list|graphics|of a wrong type|unknown field)$/,
    path: /^status$/,
    reason: 'What cannot be merged is the mistake of who applied it: 400, where 500 makes clients try again.',
  },
  {
    step: /null in the spec$/,
    path: /^status$/,
    reason: 'A null that is applied counts as absent, as it does in every other request.',
  },
  {
    step: /(other uid|with a uid|add a finalizer)$/,
    path: /^body\/details\/causes\/1$/,
    reason: 'A real server checks metadata twice and says the same thing twice.',
  },
  {
    step: /replace, other uid$/,
    path: /^body\/message$/,
    reason: 'The real sentence holds the key in etcd.',
  },
  {
    step: /other (api)?version$/i,
    path: /^warnings\/0$/,
    reason:
      'Of an object of another version a real server warns that all its fields are unknown, before it refuses it.',
  },
  {
    step: /nowhere: (resource|version|group|cluster kind in a namespace|create without a namespace)$|no such (version|group)$/,
    path: /^(status|contentType|body)$/,
    reason: 'An unknown path is answered with a Status, which every client can read, and not with plain text.',
  },
  {
    step: /nowhere: subresource$/,
    path: /^body\//,
    reason: 'A subresource that the kind does not have is told before the object is looked for.',
  },
  {
    step: /nowhere: create at an object$/,
    path: /^status$/,
    reason: 'A real server makes an object whose name is in the body whatever the path says.',
  },
  {
    step: /nowhere: unknown verb$/,
    path: /^status$/,
    reason: "Node's HTTP parser refuses methods that HTTP does not have.",
  },
  {
    step: /get as xml$|of no such (version|kind)$/,
    path: /^body\/message$/,
    reason: 'Answers are never protobuf, so it is not offered; clients fall back to JSON.',
  },
  {
    step: /tables: old table$|group as a table$/,
    path: /^status$/,
    reason: 'meta.k8s.io/v1beta1 tables are of before 1.15; discovery answers JSON to whoever takes JSON.',
  },
  {
    step: /metadata only: (list as one|one as list)$/,
    path: /^status$/,
    reason: 'PartialObjectMetadata of a list is given as the list it must mean.',
  },
  {
    step: /selector that ends there$/,
    path: /^body\/metadata\/continue$/,
    reason: 'etcd cannot know that no later object matches, and sends clients for an empty page.',
  },
  {
    step: /chunks: bad token$/,
    path: /^body\/message$/,
    reason: 'Continue tokens are opaque, and so is what is wrong with one.',
  },
  {
    step: /get at a bad version$|watch=1&resourceVersion=x 1$/,
    path: /^status$/,
    reason: 'A version that is no number is the mistake of the client: 400, not 500.',
  },
  {
    step: /the list first: initial events/,
    path: /^body\//,
    reason: 'Debian has etcd 3.4, with which no server can stream lists (RequestWatchProgress).',
  },
  {
    step: /options that are wrong: (other|our) kind$/,
    path: /^body\/message$/,
    reason: 'The real sentence ends in a place of the source code; ours says what a DELETE takes.',
  },
  {
    step: /get after options in both places$/,
    path: /^status$/,
    reason: 'With options in the body a real server overlooks those of the query, and deletes what was but a dry run.',
  },
  {
    step: /^(definitions|rules): /,
    path: /^body\/(status\/(conditions|acceptedNames)|metadata\/managedFields\/)/,
    reason: 'The embedded API accepts names and establishes a kind with its creation; real controllers do it later.',
  },
  {
    step: /properties and additional ones$/,
    path: /\/properties\/spec\/properties$/,
    reason: 'Go leaves empty maps out.',
  },
  {
    step: /wrong schemas: (bad pattern|rule that does not parse)$/,
    path: /^body\/details\/causes\/0\/message$/,
    reason: 'What does not parse is explained in the words of our parsers.',
  },
  {
    step: /cost too much: unbounded$/,
    path: /^status$/,
    reason: 'Nobody but the owner of the machine defines kinds here, so rules have no budget; ours are loaded on 1.36.',
  },
  {
    step: /: (reference|column without a path|not stored|two stored versions)$/,
    path: /^body\/(message$|details\/causes\/)/,
    reason:
      'Refused for the same reason; we print the versions as they were sent, and do not doubt the status as well.',
  },
  {
    step: /scale without paths$/,
    path: /^status$/,
    reason: 'The embedded API has no scale subresource, and does not look at its paths.',
  },
  {
    step: /every function: substring of "a"$/,
    path: /^body\/details\/causes\/0\/message$/,
    reason: 'The sentence about an index out of range is that of our CEL library.',
  },
  {
    step: /CRD resources$/,
    path: /storageVersionHash$/,
    reason: 'Every stored kind has a storage version; only the built-in registry of the CRD server gives none.',
  },
];

/** Takes the known ones away, and remembers in `used` which were met. */
export function unknown(differences: readonly Difference[], known: readonly Known[], used: Set<Known>): Difference[] {
  return differences.filter(({ step, path }) => {
    const matching = known.filter((entry) => entry.step.test(step) && entry.path.test(path));
    for (const entry of matching) used.add(entry);
    return matching.length === 0;
  });
}
