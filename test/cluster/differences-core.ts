import type { Known } from './differences.ts';

const OLD = /^core: /;

/** Core kinds: the embedded API, which is of 1.32's time, beside kube-apiserver 1.20. */
export const coreDifferences: readonly Known[] = [
  {
    step: OLD,
    path: /\/managedFields\/\d+\/fieldsV1\//,
    reason: '1.20 split into fields what has been atomic since, and did not write down empty parents.',
  },
  {
    step: OLD,
    path: /\/columnDefinitions\/\d+\/description$/,
    reason: 'The prose of the columns is that of the Go types, and is shown nowhere.',
  },
  {
    step: OLD,
    path: /^body\/items\/\d+\/(apiVersion|kind)$/,
    reason: 'Typed lists leave out the kind of their items; with it each item can be read alone.',
  },
  {
    step: /namespaces: /,
    path: /\/metadata\/labels(\/kubernetes\.io\/metadata\.name)?$/,
    reason: 'Namespaces are labelled with their names since 1.21.',
  },
  {
    step: /(value is a number|not base64|bad time)$/,
    path: /^body\/message$/,
    reason: 'A value of the wrong type is named by its path, where 1.20 printed the bytes around it.',
  },
  {
    step: /secrets: (basic auth|ssh) of nothing$/,
    path: /^body\/details\/causes\/\d+\/field$/,
    reason: 'kube-apiserver prints a stray format verb: data[%s][password].',
  },
  {
    step: /events: /,
    path: /\/eventTime$|\/(deprecatedS|s)ource$|\/(deprecatedF|deprecatedL|f|l)(irst|ast)Timestamp$/,
    reason: 'Go writes times and structs that are not set as null and {}; the schema knows them as absent.',
  },
  {
    step: /events: /,
    path: /\/(reason|reportingController|reportingInstance)$/,
    reason: 'Go leaves empty texts out; they are kept as they were sent.',
  },
  {
    step: /events: of nothing$/,
    path: /^body\/(message|details\/causes\/1)$/,
    reason: 'An event without an object is told that it needs one, too.',
  },
  {
    step: /events: new form, not whole$/,
    path: /^body\//,
    reason: '1.20 named the fields of events.k8s.io by their names in v1, and wanted some that may be absent now.',
  },
  {
    step: /leases: no duration$/,
    path: /^body\/details\/causes\/0\/message$/,
    reason: 'A slip of the pen in 1.20: "must to greater or equal than 0".',
  },
  {
    step: /kubectl: explain$/,
    path: /^body\/stdout$/,
    reason: 'kubectl explains 1.20 from OpenAPI v2 and in its own layout; descriptions are our own.',
  },
];
