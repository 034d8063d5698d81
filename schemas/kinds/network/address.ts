import * as z from 'zod';

const ADDRESS = /^[0-9a-fA-F:.]{2,45}$/;
const CIDR = /^[0-9a-fA-F:.]{2,45}\/[0-9]{1,3}$/;

export const ipAddress = () => z.string().max(45).regex(ADDRESS);
export const cidr = () => z.string().max(49).regex(CIDR);
/** Name of a host interface: at most 15 bytes (IFNAMSIZ - 1); never an option of a program, never a word with quotes. */
export const linkName = () =>
  z
    .string()
    .min(1)
    .max(15)
    .regex(/^[A-Za-z0-9_.][A-Za-z0-9_.@+-]*$/);
export const vlanTag = () => z.int().min(1).max(4094);
