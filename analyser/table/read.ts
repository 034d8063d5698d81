import type { Leaf } from '../report.ts';
import { childElements, isBlank, textOf, type XmlElement, xpathOf } from '../xml/infoset.ts';
import { type Found, leavesOf } from '../xml/leaves.ts';
import { ignored, type Rule } from './rule.ts';
import type { Claim, Reading, Seen } from './seen.ts';
import type { Child, Choice, ElementTable } from './table.ts';

/** A namespace's declaration says nothing by itself. */
const PREFIX: Rule<never> = ignored('declares a prefix');

const isPrefix = (name: string): boolean => name.startsWith('xmlns:');

const UNSUPPORTED: Rule<never> = { outcome: 'refused', reason: 'not supported' };

/** Reads an element after its table; every leaf of it is in the report afterwards. */
export function readElement<S>(node: XmlElement, choice: Choice<S>, scope: S, reading: Reading): Seen {
  if ('whole' in choice) return sweep(node, choice.whole, reading);
  const seen: Seen = { name: node.name, attributes: new Map(), children: [], runtime: false, leaves: [] };
  readAttributes(node, choice, scope, reading, seen);
  readContent(node, choice, scope, reading, seen);
  seen.runtime = onlyRuntime(node, seen);
  const key = choice.key === undefined ? undefined : seen.attributes.get(choice.key)?.value;
  if (key !== undefined) seen.item = key;
  return seen;
}

/** Whether all that an element says is about a running machine. */
const onlyRuntime = (node: XmlElement, { attributes, text, children }: Seen): boolean =>
  (node.attributes.length > 0 || !isBlank(textOf(node))) &&
  attributes.size === 0 &&
  text === undefined &&
  children.length === 0;

function readAttributes<S>(node: XmlElement, table: ElementTable<S>, scope: S, reading: Reading, seen: Seen): void {
  if (node.attributes.length === 0) return;
  const rules = table.attributes ?? {};
  const xpath = xpathOf(node);
  for (const { name, value, line } of node.attributes) {
    const rule = (Object.hasOwn(rules, name) ? rules[name] : undefined) ?? (isPrefix(name) ? PREFIX : UNSUPPORTED);
    const claim = judge({ xpath: `${xpath}/@${name}`, line, value }, rule, scope, reading);
    seen.leaves.push(claim.leaf);
    if (!isRuntime(rule)) seen.attributes.set(name, claim);
  }
}

function readContent<S>(node: XmlElement, table: ElementTable<S>, scope: S, reading: Reading, seen: Seen): void {
  const children = childElements(node);
  const text = textOf(node);
  for (const child of children) seen.children.push(...readChild(child, table, scope, reading));
  if (children.length > 0 || (table.text === undefined && isBlank(text))) {
    if (!isBlank(text)) refuseStrayText(node, text, reading);
    if (children.length === 0 && node.attributes.length === 0) readPresence(node, table, scope, reading, seen);
    return;
  }
  if (text === '' && node.attributes.length > 0 && !mustSay(table.text)) return;
  const rule = table.text ?? UNSUPPORTED;
  const claim = judge({ xpath: xpathOf(node), line: node.line, value: text }, rule, scope, reading);
  seen.leaves.push(claim.leaf);
  if (!isRuntime(rule)) seen.text = claim;
}

/** Whether an empty text is wrong where there are attributes. */
const mustSay = <S>(rule: Rule<S> | undefined): boolean =>
  rule?.outcome === 'imported' && !rule.unless?.values.includes('');

function readPresence<S>(node: XmlElement, table: ElementTable<S>, scope: S, reading: Reading, seen: Seen): void {
  const rule = table.present ?? { outcome: 'default', values: [''], reason: 'an empty element' };
  seen.leaves.push(judge({ xpath: xpathOf(node), line: node.line, value: '' }, rule, scope, reading).leaf);
}

function refuseStrayText(node: XmlElement, value: string, reading: Reading): void {
  const reason = 'text beside elements is not expected here';
  reading.report.push({ xpath: `${xpathOf(node)}/text()`, line: node.line, value, outcome: 'refused', reason });
}

function readChild<S>(node: XmlElement, table: ElementTable<S>, scope: S, reading: Reading): Seen[] {
  const children: Readonly<Record<string, Child<S>>> = table.children ?? {};
  const child = Object.hasOwn(children, node.name) ? children[node.name] : undefined;
  const seen = child ? readKnown(node, child, scope, reading) : sweep(node, unknown(node), reading);
  return seen.runtime ? [] : [seen];
}

const unknown = (node: XmlElement): Rule<never> => ({
  outcome: 'refused',
  reason: `element <${node.name}> is not supported`,
});

function readKnown<S>(node: XmlElement, child: Child<S>, scope: S, reading: Reading): Seen {
  if (!child.repeated && (node.position ?? 1) > 1) {
    return sweep(node, { outcome: 'refused', reason: `<${node.name}> is given more than once` }, reading);
  }
  return child.read(node, scope, reading);
}

const isRuntime = (rule: Rule<never>): boolean => rule.outcome === 'ignored' && rule.runtime;

/** Gives every leaf of an element the same outcome. */
export function sweep(node: XmlElement, rule: Rule<never>, reading: Reading): Seen {
  const seen: Seen = {
    name: node.name,
    attributes: new Map(),
    children: [],
    verbatim: node,
    runtime: isRuntime(rule),
    leaves: [],
  };
  for (const found of leavesOf(node)) seen.leaves.push(judge(found, rule, undefined as never, reading).leaf);
  return seen;
}

/** Decides one leaf and puts it into the report. */
function judge<S>(found: Found, rule: Rule<S>, scope: S, reading: Reading): Claim {
  const leaf: Leaf = { ...found, ...verdict(found.value, rule, scope, reading) };
  reading.report.push(leaf);
  if (rule.outcome !== 'imported' || leaf.outcome !== 'imported') return { value: found.value, leaf };
  return { value: found.value, leaf, imported: rule };
}

type Verdict = Pick<Leaf, 'outcome' | 'field' | 'reason' | 'unsupported'>;

function verdict<S>(value: string, rule: Rule<S>, scope: S, reading: Reading): Verdict {
  switch (rule.outcome) {
    case 'imported': {
      if (rule.unless?.values.includes(value)) return { outcome: 'default', reason: rule.unless.reason };
      const fault = rule.take(scope, value);
      if (fault !== undefined) return { outcome: 'refused', reason: `"${value}" ${fault}` };
      const reason = rule.reason === undefined ? {} : { reason: rule.reason };
      return { outcome: 'imported', field: placed(rule.field, reading.at), ...reason };
    }
    case 'default':
      if (rule.values.includes(value)) return { outcome: 'default', reason: rule.reason };
      return unsupported(`"${value}" is not supported; known: ${rule.values.join(', ')}`, reading);
    case 'ignored': {
      const result = rule.accepts?.read(value);
      if (result && 'fault' in result) return { outcome: 'refused', reason: `"${value}" ${result.fault}` };
      return { outcome: 'ignored', reason: rule.reason };
    }
    case 'refused':
      return unsupported(rule.reason, reading);
  }
}

const unsupported = (reason: string, { keepUnsupported }: Reading): Verdict =>
  keepUnsupported
    ? { outcome: 'ignored', reason: `${reason}; kept for export, without effect`, unsupported: true }
    : { outcome: 'refused', reason };

const OUTSIDE = /^(spec$|spec\.|metadata\.)|\s/;

/** `spec.bus` of the scope at `spec.disks[0]` is `spec.disks[0].bus`, and so is `bus`. */
function placed(field: string, at: string): string {
  if (at === 'spec') return field;
  if (field.startsWith('spec')) return at + field.slice('spec'.length);
  return OUTSIDE.test(field) ? field : `${at}.${field}`;
}
