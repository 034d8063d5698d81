import { createHash } from 'node:crypto';

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const MAX = 63;
const DIGITS = 6;

/**
 * A Kubernetes name for any name: itself where it is one, else the nearest with a digest of the original, so that two
 * originals never become one.
 */
export function kubernetesName(name: string): string {
  if (LABEL.test(name)) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGITS);
  const near = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX - DIGITS - 1)
    .replace(/^-+|-+$/g, '');
  return near === '' ? `x-${digest}` : `${near}-${digest}`;
}
