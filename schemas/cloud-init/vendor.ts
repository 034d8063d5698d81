import { SeedProblem } from './problem.ts';
import type { SeedSpec, SeedTexts } from './texts.ts';

const BOUNDARY = '=====vmctl-vendor-data=====';

/**
 * What the spec itself says about the default user, as cloud-config. It goes into the vendor data, which yields to the user
 * data: that stays as it was written. JSON is YAML.
 */
function generated({ user }: SeedSpec, { password }: SeedTexts): string | undefined {
  if (user?.name === undefined && password === undefined) return undefined;
  const config = {
    ...(user?.name !== undefined && { user: { name: user.name } }),
    ...(password !== undefined && { password, chpasswd: { expire: false } }),
  };
  return `#cloud-config\n${JSON.stringify(config, undefined, 1)}\n`;
}

/** Parts are text/plain: cloud-init tells what each is by its first line. */
const multipart = (parts: readonly string[]): string =>
  [
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    'MIME-Version: 1.0',
    '',
    ...parts.flatMap((part) => [`--${BOUNDARY}`, 'Content-Type: text/plain; charset="utf-8"', '', part]),
    `--${BOUNDARY}--`,
    '',
  ].join('\n');

/** Vendor data: the spec's own, the given one, or both. @throws SeedProblem */
export function vendorData(spec: SeedSpec, texts: SeedTexts): string | undefined {
  const own = generated(spec, texts);
  const given = texts.vendorData;
  if (own === undefined || given === undefined) return own ?? given;
  if (!/^(content-type|mime-version):/i.test(given.trimStart()) && !given.includes(BOUNDARY))
    return multipart([own, given]);
  throw new SeedProblem(
    'VendorDataInvalid',
    'vendorData of several parts cannot be joined with user; put the user into vendorData as well',
  );
}
