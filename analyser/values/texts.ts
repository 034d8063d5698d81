import type { Codec, Read } from '../table/codec.ts';

/** Any text up to a length. */
export const text = (max = 4096): Codec<string> => ({
  read: (value) => (value.length <= max ? { value } : { fault: `is longer than ${max} characters` }),
  write: (value) => value,
});

/** A text that a pattern describes. */
export const matching = (pattern: RegExp, what: string): Codec<string> => ({
  read: (value) => (pattern.test(value) ? { value } : { fault: `is no ${what}` }),
  write: (value) => value,
});

/** An absolute path; a newline or `..` in one is refused: it points elsewhere than it seems. */
export const hostPath: Codec<string> = {
  read: (value) => {
    if (!/^\/[^\n\r\0]*$/.test(value)) return { fault: 'is no absolute path on one line' };
    if (value.split('/').includes('..')) return { fault: 'has .. in it; write the path without' };
    return { value };
  },
  write: (value) => value,
};

export const uuid = matching(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'UUID');

export const macAddress = matching(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/, 'MAC address');

/** A name that qemu gives to a machine type, a processor or a feature. */
export const qemuWord = matching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/, 'name that qemu knows');

const SET = /^\^?[0-9]+(-[0-9]+)?(,\^?[0-9]+(-[0-9]+)?)*$/;
/** Numbers of a set with exclusions are counted out one by one. */
const MOST = 0x1_0000;

/** CPU or node numbers, `0-3,7`; libvirt's exclusions, `0-3,^2`, are written out. Source: virBitmapParse */
export const cpuSet: Codec<string> = {
  read: (value) => {
    const text = value.replace(/\s/g, '');
    if (!SET.test(text)) return { fault: 'is no set of numbers such as 0-3,7' };
    return text.includes('^') ? without(text) : { value: text };
  },
  write: (value) => value,
};

function without(text: string): Read<string> {
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const [first = 0, last = first] = part.replace('^', '').split('-').map(Number);
    if (last - first >= MOST) return { fault: `has more than ${MOST} numbers` };
    for (let n = first; n <= last; n += 1) part.startsWith('^') ? numbers.delete(n) : numbers.add(n);
  }
  return numbers.size > 0 ? { value: rangesOf([...numbers]) } : { fault: 'leaves no number' };
}

/** `0-1,4` of numbers. */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',');
}

/** Name of a bridge or interface of the host: at most 15 bytes, no slash, no white space. */
export const linkName = matching(/^[^\s/:]{1,15}$/, 'name of a network interface');

/** An address of IPv4 or IPv6, as text. */
export const ipText = matching(/^(?=.*[.:])[0-9a-fA-F:.]{2,45}$/, 'IP address');
