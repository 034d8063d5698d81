import type { Definitions } from './tables.ts';

export type Properties = Record<string, string>;

const DROPPED = /^(node-name|auto-read-only)$/;
const DEFAULTS: Readonly<Record<string, string>> = {
  'read-only': 'off',
  'cache.direct': 'off',
  'cache.no-flush': 'off',
  discard: 'ignore',
};

const LAYERS = /^(raw|qcow2?|qed|vmdk|vdi|vhdx|vpc|parallels|luks|bochs|cloop|dmg|throttle|copy-on-read)$/;

const isDefault = ([key, value]: readonly [string, string]): boolean => DROPPED.test(key) || DEFAULTS[key] === value;

/** A node of the block graph with what is below it, its names and defaults left out. */
export function blockNode(name: string, definitions: Definitions): Properties | undefined {
  const option = definitions.find('blockdev', name);
  if (!option) return undefined;
  const own: Properties = Object.fromEntries([...option.properties].filter((entry) => !isDefault(entry)));
  if (own.driver === 'host_cdrom') own.driver = 'host_device';
  for (const key of ['backing', 'data-file']) inline(own, key, definitions);
  return LAYERS.test(own.driver ?? '') ? layer(own, definitions) : own;
}

function layer(own: Properties, definitions: Definitions): Properties {
  const below = own.file === undefined ? undefined : blockNode(own.file, definitions);
  if (!below) return own;
  const { file: _, ...rest } = own;
  const { discard, ...child } = below;
  const isRaw = rest.driver === 'raw' && rest.offset === undefined && rest.size === undefined;
  if (isRaw) return { ...child, ...without(rest, /^(driver|cache\.)/) };
  const kept = rest.discard === 'unmap' && discard !== undefined ? { ...child, discard } : child;
  return { ...without(rest, /^cache\./), ...prefixed('file', kept) };
}

const without = (properties: Properties, keys: RegExp): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([key]) => !keys.test(key)));

export const prefixed = (prefix: string, properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${prefix}.${key}`, value]));

function inline(own: Properties, key: string, definitions: Definitions): void {
  const below = own[key] === undefined ? undefined : blockNode(own[key], definitions);
  if (!below) return;
  delete own[key];
  Object.assign(own, prefixed(key, below));
}
