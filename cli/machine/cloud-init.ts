import { readFile } from 'node:fs/promises';
import { publicKeys } from '../agent/input.ts';
import { Failure, usage } from '../errors.ts';
import { objectName, quoted } from '../names.ts';

/** What of `vmctl create` is about the first boot. */
export interface CloudInitFlags {
  readonly user?: string | undefined;
  readonly 'ssh-key'?: readonly string[] | undefined;
  readonly 'password-secret'?: string | undefined;
  readonly 'cloud-init'?: string | undefined;
}

const USER = /^[a-z_][a-z0-9_-]{0,31}$/;
/** What an object holds as text; more belongs in a Secret or a ConfigMap. */
const LONGEST = 64 * 1024;

function userOf({ user, 'password-secret': secret }: CloudInitFlags): object {
  if (user !== undefined && !USER.test(user))
    throw usage(`${quoted(user)} is not the name of a user`, 'write it in lower-case letters, digits, - and _');
  if (user === undefined && secret === undefined) return {};
  const [name = '', key] = secret?.split('/') ?? [];
  const reference = { name: secret === undefined ? '' : objectName(name), ...(key !== undefined && { key }) };
  return {
    user: { ...(user !== undefined && { name: user }), ...(secret !== undefined && { passwordSecretRef: reference }) },
  };
}

/** The user data in a file. @throws Failure where it cannot be in an object */
async function userData(file: string): Promise<object> {
  const bytes = await readFile(file).catch((cause) => {
    throw new Failure('notFound', `cannot read ${quoted(file)}`, 'give a file of user data, as #cloud-config', {
      cause,
    });
  });
  const hint = 'put it into a Secret or ConfigMap, and name that in spec.cloudInit.noCloud.userData';
  if (bytes.length > LONGEST)
    throw usage(`${quoted(file)} has ${bytes.length} bytes, more than an object should hold`, hint);
  try {
    return { userData: { inline: new TextDecoder('utf-8', { fatal: true }).decode(bytes) } };
  } catch {
    throw usage(`${quoted(file)} is not text in UTF-8`, 'cloud-init reads user data as text');
  }
}

/** `spec.cloudInit` as the flags say, checked as the executor will; nothing where they say nothing. @throws Failure */
export async function cloudInitOf(name: string, flags: CloudInitFlags): Promise<{ cloudInit?: object }> {
  const { 'ssh-key': from = [], 'cloud-init': file } = flags;
  const keys = (await Promise.all(from.map(publicKeys))).flat();
  const noCloud = {
    ...userOf(flags),
    ...(keys.length > 0 && { sshAuthorizedKeys: keys }),
    ...(file !== undefined && (await userData(file))),
  };
  if (Object.keys(noCloud).length === 0) return {};
  const { checkSeed } = await import('../cloudinit/check.ts');
  await checkSeed(name, { noCloud });
  return { cloudInit: { noCloud } };
}
