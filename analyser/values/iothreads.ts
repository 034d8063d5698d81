import type { Codec } from '../table/codec.ts';

const NAME = /^iothread([1-9][0-9]{0,8})$/;

/** Name in spec.iothreads of the IO thread that libvirt knows by a number, `iothread3`. */
export const iothreadName: Codec<string> = {
  read: (text) =>
    /^[1-9][0-9]{0,8}$/.test(text) ? { value: `iothread${text}` } : { fault: 'is no number of an IO thread' },
  write: (name) => NAME.exec(name)?.[1],
};
