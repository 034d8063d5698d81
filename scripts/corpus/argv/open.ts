import type { Properties } from './blockdev.ts';
import type { Context } from './context.ts';

/** What a start, or the host that it is on, decides: alike whatever it says. Each rule looks at one property. */
type Rule = (key: string, value: string, properties: Properties, context: Context) => string | null | undefined;

const LEFT_OUT = null;
const ANY = '*';

/** numad names the nodes; that memory is bound to nodes, and how, is the machine's. */
const hostNodes: Rule = (key, _, __, { chosenNodes }) =>
  chosenNodes && /^host-nodes\.\d+$/.test(key) ? LEFT_OUT : undefined;

/** A date that is reckoned from the clock of the host at the start. */
const clock: Rule = (key, value, _, { runningClock }) =>
  runningClock && key === 'base' && /^\d{4}-\d\d-\d\dT/.test(value) ? ANY : undefined;

/** A feature that is given where the host has it, and enlightenments that only KVM heeds. */
const processor: Rule = (key, _, { model }, { optionalFeatures, emulated }) =>
  model !== undefined && (optionalFeatures.has(key) || (emulated && key.startsWith('hv-'))) ? LEFT_OUT : undefined;

const vsock: Rule = (key, _, __, { chosenCid }) => (chosenCid && key === 'guest-cid' ? ANY : undefined);

/** Descriptors of the kernel's vhost, where the kind of device says that there is one. */
const vhost: Rule = (key, _, { driver = '', type, vhost: isVhost }) =>
  /^vhostfds?$/.test(key) && (driver.startsWith('vhost-') || (type === 'tap' && isVhost === 'on'))
    ? LEFT_OUT
    : undefined;

/**
 * The store of a machine's own variables, which is made from what the XML names; a chip that is written to and holds the code as
 * well is such a store too.
 */
const variables: Rule = (key, value, properties) => {
  const [, chip] = /^(pflash[01])\.(file\.)?filename$/.exec(key) ?? [];
  return chip !== undefined && properties[`${chip}.read-only`] !== 'on' && value.startsWith('/') ? '<own>' : undefined;
};

const RULES: readonly Rule[] = [hostNodes, clock, processor, vsock, vhost, variables];

/** The properties of one option without what its start decides. */
export function withoutChoices(properties: Properties, context: Context): Properties {
  const entries = Object.entries(properties).flatMap(([key, value]): [string, string][] => {
    const found = RULES.map((rule) => rule(key, value, properties, context)).find((one) => one !== undefined);
    return found === LEFT_OUT ? [] : [[key, found ?? value]];
  });
  return Object.fromEntries(entries);
}
