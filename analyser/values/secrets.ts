import type { Codec } from '../table/codec.ts';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MARK = 'usage-';
const UUID = 'uuid-';

const encoded = (text: string): string => MARK + Buffer.from(text, 'utf8').toString('hex');

const isPlain = (text: string): boolean =>
  SUBDOMAIN.test(text) && text.length <= 253 && !text.startsWith(MARK) && !text.startsWith(UUID);

/** The most bytes of which a name's hexadecimal digits fit into a name of Kubernetes. */
const LONGEST = 120;

/** The Secret for one of libvirt's secrets that is told by its use: the same name where it is one, else its bytes. */
export const secretUsage: Codec<string> = {
  read: (text) => {
    if (text === '' || Buffer.byteLength(text) > LONGEST)
      return { fault: `is not between 1 and ${LONGEST} bytes long` };
    return { value: isPlain(text) ? text : encoded(text) };
  },
  write: (name) => {
    if (name.startsWith(UUID)) return undefined;
    return name.startsWith(MARK) ? Buffer.from(name.slice(MARK.length), 'hex').toString('utf8') : name;
  },
};

/** The same for one that is told by its UUID. */
export const secretUuid: Codec<string> = {
  read: (text) =>
    /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text)
      ? { value: UUID + text.toLowerCase() }
      : { fault: 'is no UUID' },
  write: (name) => (name.startsWith(UUID) ? name.slice(UUID.length) : undefined),
};
