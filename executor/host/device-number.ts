const MINOR_LOW = 0xffn;

/** `major:minor` of a device, as the kernel writes it, from what stat(2) says. Source: bits/sysmacros.h */
export function deviceNumber(rdev: bigint): string {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & MINOR_LOW) | ((rdev >> 12n) & ~MINOR_LOW);
  return `${major}:${minor}`;
}
