import * as z from 'zod';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAC = /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/;
const SHA = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const DURATION = /^([0-9]+(h|m|s))+$/;

/** An object name (RFC 1123 subdomain). */
export const objectName = () => z.string().min(1).max(253).regex(SUBDOMAIN);

/** A name inside an object, such as a disk's or an interface's (RFC 1123 label). */
export const localName = () => z.string().min(1).max(63).regex(LABEL);

/** A 48-bit MAC address. */
export const macAddress = () => z.string().length(17).regex(MAC);

/** `sha256:…` or `sha512:…`, in lower-case hexadecimal digits. */
export const checksum = () => z.string().max(135).regex(SHA);

/** `36h`, `1h30m`: hours, minutes and seconds. */
export const duration = () => z.string().min(2).max(32).regex(DURATION);

/** An absolute path on a node. Newlines and NUL are refused: they end lines in files that other programs read. */
export const hostPath = () =>
  z
    .string()
    .min(1)
    .max(4096)
    .regex(/^\/[^\n\r\0]*$/);

/** TCP or UDP port. */
export const port = () => z.int().min(1).max(65535);

/** RFC 3339, as the API server writes times. */
export const timestamp = () => z.string().max(64);

/** An opaque word that makes a one-shot request new: any change of it asks once more. */
export const token = () => z.string().min(1).max(128);

/** A set of CPU numbers as the kernel writes it: `0-3,7`. */
export const cpuSet = () =>
  z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$/);

/** A word that names something to qemu (a machine type, a CPU model, a flag). */
export const qemuWord = () =>
  z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/);
