import type { Codec } from '../table/codec.ts';

/** A word of libvirt's for a value of ours; each value's first word is the one that is written. */
export function words<V extends string | boolean | number>(table: Readonly<Record<string, V>>): Codec<V> {
  const back = new Map<V, string>();
  for (const [word, value] of Object.entries(table)) if (!back.has(value)) back.set(value, word);
  return {
    read: (text) => {
      const value = Object.hasOwn(table, text) ? table[text] : undefined;
      return value === undefined ? { fault: `is not supported; known: ${Object.keys(table).join(', ')}` } : { value };
    },
    write: (value) => back.get(value),
  };
}

/** Words that we spell as libvirt does. */
export const wordOf = <W extends string>(...list: readonly W[]): Codec<W> =>
  words(Object.fromEntries(list.map((word) => [word, word])) as Record<string, W>);

export const yesNo = words({ yes: true, no: false });
export const onOff = words({ on: true, off: false });

/** An element that is there or not: true is there. */
export const presence: Codec<boolean> = {
  read: (text) => (text === '' ? { value: true } : { fault: 'is not expected in an element that only is there' }),
  write: (value) => (value ? '' : undefined),
};
